// Against the real server: log-in with a second factor, refresh under load, upload, files, the live socket, gates and their queue.

import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import WebSocket from 'ws'
import { createClient, memoryStorage } from '@lvzhi/client'
import { fetchTransport } from '@lvzhi/client/web'
import { startDemo } from './demo.mjs'

let demo
let liaison
let clerk
let congress
const clerkStorage = memoryStorage()
const sent = []
const device = { device_id: 'test-device', device_name: 'test' }

function make(storage = memoryStorage()) {
  const transport = fetchTransport({ WebSocket })
  return createClient({ baseUrl: demo.url, storage, transport: { ...transport, send: (request) => (sent.push(request.url), transport.send(request)) } })
}

/** Logs a role in, once each: a second factor is taken once. */
async function logIn(role, storage) {
  const client = make(storage)
  await client.auth_password({ body: { ...(await demo.staff(role)), ...device } })
  return client
}

before(async () => {
  demo = await startDemo()
  liaison = await logIn('liaison')
  clerk = await logIn('clerk', clerkStorage)
  congress = liaison.session.account.roles[0].congress_id
})
after(() => demo?.stop())

test('a second factor is asked for and taken', async () => {
  const client = make()
  const { login, password, totp_code } = await demo.staff('admin')
  await assert.rejects(client.auth_password({ body: { login, password, ...device } }), { status: 401, code: 'second_factor_required' })
  await assert.rejects(client.auth_password({ body: { login, password: 'wrong password', ...device } }), { code: 'bad_credentials' })
  const answer = await client.auth_password({ body: { login, password, totp_code, ...device } })
  assert.equal(client.session.account.name, answer.name)
})

test('twenty requests with a dead token, one refresh, and the session lives', async () => {
  for (let round = 0; round < 3; round += 1) {
    clerkStorage.set('tokens', JSON.stringify({ ...JSON.parse(clerkStorage.get('tokens')), access_token: 'spoiled' }))
    sent.length = 0
    const answers = await Promise.all(Array.from({ length: 20 }, () => clerk.me_get()))
    assert.equal(new Set(answers.map((one) => one.account_id)).size, 1)
    assert.equal(sent.filter((url) => url.endsWith('/auth/refresh')).length, 1)
  }
})

test('a creating POST repeated under its key creates once', async () => {
  const create = (title) => clerk.meeting_create(
    { id: congress, body: { kind: 'training', title, starts_on: '2027-03-01', ends_on: '2027-03-02' } },
    { idempotencyKey: 'one-intent' },
  )
  const first = await create('履职培训')
  assert.equal((await create('履职培训')).id, first.id)
  await assert.rejects(create('另一次培训'), { status: 409, code: 'idempotency_key_reused' })
})

test('a roster goes out as a file and comes back unchanged', async () => {
  const csv = await liaison.representative_export_csv({ id: congress })
  assert.match(csv.contentType, /^text\/csv/)
  assert.deepEqual([...new Uint8Array(csv.bytes).subarray(0, 3)], [0xef, 0xbb, 0xbf], 'the mark that tells Excel the encoding')
  const report = await liaison.representative_import({ id: congress, file: new File([csv.bytes], csv.filename ?? 'roster.csv'), commit: false })
  assert.equal(report.committed, false)
  assert.ok(report.rows > 0)
  assert.equal(report.unchanged, report.rows, JSON.stringify(report).slice(0, 500))
  await assert.rejects(liaison.representative_import({ id: congress, file: new Blob(['\u0000\u0001']) }), { status: 422 })
})

test('workbook, picture, drawing and page', async () => {
  const id = demo.account('screen').sitting_id
  assert.equal(Buffer.from((await liaison.attendance_xlsx({ id })).bytes).subarray(0, 2).toString(), 'PK')
  assert.equal(Buffer.from((await liaison.code_png({ id }, { token: demo.screenToken })).bytes).subarray(1, 4).toString(), 'PNG')
  assert.match((await liaison.code_svg({ id }, { token: demo.screenToken })).text, /^<(\?xml|svg)/)
  assert.match((await liaison.attendance_sheet({ id })).text, /<html/)
})

test('lists over several pages have everything once', async () => {
  const ids = []
  for await (const one of liaison.each.representative_list({ id: congress, limit: 100 })) ids.push(one.id)
  assert.ok(ids.length > 100)
  assert.equal(new Set(ids).size, ids.length)
})

test('a field that is not acceptable is named, in the language of the client', async () => {
  const client = make()
  const error = await client.auth_sms_code_create({ body: { phone: '12' } }).catch((one) => one)
  assert.deepEqual([error.status, error.code, error.errors[0].field], [422, 'validation_failed', 'phone'])
  assert.match(error.title, /[\u4e00-\u9fff]/)
  assert.ok(error.requestId)
  client.language = 'en'
  assert.match((await client.auth_sms_code_create({ body: { phone: '12' } }).catch((one) => one)).title, /^[\x20-\x7e]+$/)
})

test('a screen is refused another sitting, and told so', { timeout: 20_000 }, async () => {
  const told = await new Promise((done) => {
    make().live(congress, { token: demo.screenToken, onState: (state, error) => state === 'closed' && done(error) })
  })
  assert.deepEqual([told.status, told.code], [404, 'not_found'])
})

test('a gate works without a network and hands in what it saw', { timeout: 30_000 }, async () => {
  const sitting = demo.account('screen').sitting_id
  const { enrol_code } = await clerk.gate_create({ id: congress, body: { name: '东门签到点' } })
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const gate = make()
  const { gate_id } = await gate.gate_enrol({ body: { enrol_code, public_key: publicKey.export({ format: 'jwk' }).x, ...device } })
  assert.equal(gate.session.account.account_id, gate_id)
  assert.ok((await gate.gate_snapshot_get({ id: sitting })).payload)
  const event = (seq, code) => {
    const scanned_at_ms = Date.now()
    const text = ['lvzhi-gate-event-v1', gate_id, seq, sitting, scanned_at_ms, 0, code].join('\n')
    return { seq, scanned_at_ms, clock_offset_ms: 0, code, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') }
  }
  gate.queue.enqueue({ kind: 'gate_event', sitting_id: sitting, event: event(1, 'https://example.com/poster') })
  gate.queue.enqueue({ kind: 'gate_event', sitting_id: sitting, event: { ...event(2, 'x'), signature: 'AAAA' } })
  gate.queue.enqueue({ kind: 'gate_event', sitting_id: sitting, event: event(3, 'x') })
  const { outcomes, pending } = await gate.queue.flush()
  assert.equal(pending, 0)
  assert.deepEqual(outcomes.map((one) => [one.answer.seq, one.answer.outcome]), [[1, 'unreadable'], [2, 'bad_signature'], [3, 'unreadable']])
})
