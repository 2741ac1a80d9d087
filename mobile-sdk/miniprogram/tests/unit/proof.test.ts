// What phones and gates compute: bytes, codes, proofs, snapshots, verdicts; checked against Node's own Ed25519.

import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify, randomBytes } from 'node:crypto'
import test from 'node:test'
import { concat, fromBase64url, readUint32, toBase64url, uint32, utf8, uuid } from '../../src/proof/bytes'
import { makeCode, parseCode, stepAt, STEP_S } from '../../src/proof/code'
import { signEvent } from '../../src/proof/event'
import { isSameScan, judge } from '../../src/proof/judge'
import { publicKey, sign, signedBy } from '../../src/proof/keys'
import { openSnapshot, type Snapshot } from '../../src/proof/snapshot'
import { targetOf } from '../../src/platform/landing'

const NOW = Date.parse('2026-03-02T01:00:00Z')
const secretOf = (n: number) => new Uint8Array(32).fill(n)
const nodeKey = (secret: Uint8Array) => createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]), format: 'der', type: 'pkcs8' })
const [serverSecret, phoneSecret, strangerSecret, gateSecret] = [secretOf(1), secretOf(2), secretOf(3), secretOf(4)]
const id = (n: number) => `00000000-0000-7000-8000-0000000000${String(n).padStart(2, '0')}`
const idBytes = (n: number) => Uint8Array.from(Buffer.from(id(n).replace(/-/g, ''), 'hex'))

function credential({ representative = 1, key = phoneSecret, from = NOW / 1000 - 300, to = NOW / 1000 + 43_200, signer = serverSecret } = {}): string {
  const body = concat(Uint8Array.of(1), idBytes(90), idBytes(representative), idBytes(80), fromBase64url(publicKey(key)) as Uint8Array, uint32(from), uint32(to))
  return toBase64url(concat(body, Uint8Array.from(nodeSign(null, Buffer.concat([Buffer.from('lvzhi-credential-v1\0'), body]), nodeKey(signer)))))
}

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  const entry = (n: number, more = {}) => ({ entry_id: id(n + 20), representative_id: id(n), name: `代表${n}`, seat_label: `${n} 座`, class: 'voting', suspended: false, on_leave: false, ...more })
  return {
    type: 'lvzhi-gate-snapshot-v1',
    gate_id: id(50),
    sitting: { id: id(60), title: '第一次全体会议', place: '大会堂', state: 'open', starts_at: '2026-03-02T01:30:00Z', late_after: '2026-03-02T01:30:00Z', ends_at: '2026-03-02T04:00:00Z', opened_at: '2026-03-02T00:30:00Z', closed_at: null },
    server_time: '2026-03-02T01:00:00Z',
    server_keys: [{ kid: 'old', key: publicKey(secretOf(9)) }, { kid: 'new', key: publicKey(serverSecret) }],
    entries: [entry(1), entry(2, { on_leave: true }), entry(3, { suspended: true })],
    revoked_credentials: [],
    ...change,
  }
}

const code = (options = {}, ms = NOW, secret = phoneSecret) => makeCode(credential(options), secret, ms) as string
const verdict = (text: string, at = NOW, roster = snapshot(), known: string[] = []) => judge(text, roster, new Set(known), at).kind

test('base64url is that of Node, and nothing else is taken', () => {
  for (let length = 0; length < 70; length += 1) {
    const bytes = randomBytes(length)
    assert.equal(toBase64url(bytes), bytes.toString('base64url'))
    assert.deepEqual(Buffer.from(fromBase64url(bytes.toString('base64url')) as Uint8Array), bytes)
  }
  for (const bad of ['A', 'AB==', 'A+/B', 'AB', 'é', 'AA A']) if (bad !== 'AB') assert.equal(fromBase64url(bad), null, bad)
  assert.equal(fromBase64url('AB'), null, 'bits that mean nothing are not canonical')
  assert.deepEqual(Buffer.from(utf8('履职 \0 😀')), Buffer.from('履职 \0 😀'))
  assert.equal(readUint32(uint32(4_294_967_295), 0), 4_294_967_295)
  assert.equal(uuid(idBytes(7), 0), id(7))
})

test('keys and signatures are those of Node', () => {
  const secret = Uint8Array.from(randomBytes(32))
  const mine = fromBase64url(publicKey(secret)) as Uint8Array
  assert.deepEqual(Buffer.from(mine), createPublicKey(nodeKey(secret)).export({ format: 'der', type: 'spki' }).subarray(-32))
  const message = utf8('签到')
  assert.ok(nodeVerify(null, message, createPublicKey(nodeKey(secret)), sign(message, secret)))
  assert.ok(signedBy(mine, message, Uint8Array.from(nodeSign(null, message, nodeKey(secret)))))
  assert.ok(!signedBy(mine, utf8('签退'), sign(message, secret)))
  // A key of small order, for which one signature fits many messages.
  assert.ok(!signedBy(new Uint8Array(32), message, new Uint8Array(64)))
  assert.ok(!signedBy('no key', message, sign(message, secret)))
})

test('a code says who, until when, and which step', () => {
  const parsed = parseCode(code())
  assert.equal(parsed?.representativeId, id(1))
  assert.equal(parsed?.credentialId, id(90))
  assert.equal(parsed?.step, stepAt(NOW))
  for (const bad of ['', 'LZ1.', 'LZ1.a.b', 'LZ2' + code().slice(3), code() + '.x', code() + 'A', 'https://example.com/', 'LZ1.' + 'A'.repeat(600)]) assert.equal(parseCode(bad), null, bad.slice(0, 20))
})

test('verdicts', () => {
  assert.equal(verdict(code()), 'accepted')
  assert.equal(verdict(code(), NOW + STEP_S * 1000), 'accepted')
  assert.equal(verdict(code(), NOW - STEP_S * 1000), 'accepted')
  assert.equal(verdict(code(), NOW + 2 * STEP_S * 1000), 'proof_expired')
  assert.equal(verdict(code({}, Date.parse('2026-03-02T01:30:01Z')), Date.parse('2026-03-02T01:30:01Z')), 'late')
  assert.equal(verdict(code(), NOW, snapshot(), [id(21)]), 'duplicate')
  assert.equal(verdict(code({ representative: 2 })), 'on_leave')
  assert.equal(verdict(code({ representative: 3 })), 'seat_suspended')
  assert.equal(verdict(code({ representative: 4 })), 'not_on_roster')
  assert.equal(verdict(code({}, NOW, strangerSecret)), 'unknown_device')
  assert.equal(verdict(code({ signer: strangerSecret })), 'bad_credential')
  assert.equal(verdict(code({ to: NOW / 1000 })), 'credential_expired')
  assert.equal(verdict(code({ from: NOW / 1000 + 1 })), 'credential_expired')
  assert.equal(verdict(code(), NOW, snapshot({ revoked_credentials: [id(90)] })), 'credential_revoked')
  const closed = snapshot()
  closed.sitting.closed_at = '2026-03-02T00:59:00Z'
  assert.equal(verdict(code(), NOW, closed), 'outside_sitting')
  assert.equal(verdict('https://example.com'), 'unreadable')
  // Whoever is refused is named, as soon as the server's signature tells who it is; a forged one names nobody.
  assert.equal(judge(code({}, NOW, strangerSecret), snapshot(), new Set(), NOW).entry?.name, '代表1')
  assert.equal(judge(code({ signer: strangerSecret }), snapshot(), new Set(), NOW).entry, null)
})

test('a camera reads the same picture many times', () => {
  assert.ok(isSameScan('a', { text: 'a', atMs: NOW }, NOW + 14_000))
  assert.ok(!isSameScan('a', { text: 'a', atMs: NOW }, NOW + 15_000))
  assert.ok(!isSameScan('b', { text: 'a', atMs: NOW }, NOW))
  assert.ok(!isSameScan('a', null, NOW))
})

test('a snapshot is believed only as it was signed', () => {
  const payload = JSON.stringify(snapshot())
  const signature = toBase64url(sign(utf8(payload), serverSecret))
  const keys = snapshot().server_keys
  assert.equal(openSnapshot({ payload, kid: 'new', signature }, keys, id(50))?.entries.length, 3)
  assert.equal(openSnapshot({ payload: payload.replace('open', 'shut'), kid: 'new', signature }, keys, id(50)), null)
  assert.equal(openSnapshot({ payload, kid: 'old', signature }, keys, id(50)), null)
  assert.equal(openSnapshot({ payload, kid: 'none', signature }, keys, id(50)), null)
  assert.equal(openSnapshot({ payload, kid: 'new', signature }, keys, id(51)), null)
  const other = JSON.stringify({ ...snapshot(), type: 'lvzhi-certificate-v1' })
  assert.equal(openSnapshot({ payload: other, kid: 'new', signature: toBase64url(sign(utf8(other), serverSecret)) }, keys, id(50)), null)
})

test('an event is signed over every field', () => {
  const event = signEvent(id(50), id(60), gateSecret, { seq: 7, scanned_at_ms: NOW, clock_offset_ms: -250, code: code() })
  const text = `lvzhi-gate-event-v1\n${id(50)}\n7\n${id(60)}\n${NOW}\n-250\n${event.code}`
  assert.ok(nodeVerify(null, Buffer.from(text), createPublicKey(nodeKey(gateSecret)), Buffer.from(event.signature, 'base64url')))
})

test('what was scanned leads to its page, and only what is ours', () => {
  assert.equal(targetOf('https://a.example/c/AbC_-1')?.path, '/pages/sign/index?code=AbC_-1')
  assert.equal(targetOf('https://a.example/certificate/0199a0de')?.path, '/public/certificate/index?id=0199a0de')
  assert.equal(targetOf('https://a.example/gate#enrol=q1w2E3-_')?.path, '/gate/enrol/index?code=q1w2E3-_')
  assert.equal(targetOf(code())?.kind, 'representative_code')
  for (const foreign of ['https://a.example/', 'https://a.example/x/y', 'hello', '', 'weixin://dl/business', 'javascript:alert(1)']) assert.equal(targetOf(foreign), null, foreign)
})
