// The session: one refresh for many requests, across tabs too, and nobody logged out by a bad network.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createClient, memoryStorage } from '@lvzhi/client'
import { clientOver, inTime, json, lost, network, noContent, pass, problem, startTime, stopTime, tokens } from './fakes.mjs'

beforeEach(stopTime)
afterEach(startTime)

const isRefresh = (request) => request.url.endsWith('/auth/refresh')

/** A server with rotating refresh tokens: one that comes back ends the session, as the real one does. */
function server() {
  let current = 1
  let dead = false
  const state = { refreshes: 0, expire() { state.expired = true }, expired: false }
  state.answer = (request) => {
    if (dead) return problem(401, 'session_revoked')
    if (isRefresh(request)) {
      state.refreshes += 1
      if (JSON.parse(request.body).refresh_token !== `refresh-${current}`) {
        dead = true
        return problem(401, 'session_revoked')
      }
      current += 1
      state.expired = false
      return json(tokens(current))
    }
    if (state.expired || request.headers.authorization !== `Bearer access-${current}`) return problem(401, 'token_expired')
    return json({ token: request.headers.authorization })
  }
  return state
}

/** Locks by name, as a browser has them. */
function locks() {
  const last = new Map()
  return (name, work) => {
    const done = (last.get(name) ?? Promise.resolve()).then(work, work)
    last.set(name, done)
    return done
  }
}

test('twenty requests that find the token expired refresh it once', async () => {
  const real = server()
  const { client, requests } = await clientOver(real.answer)
  real.expire()
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => client.sitting_get({ id: `s${i}` })))
  assert.equal(real.refreshes, 1)
  assert.ok(answers.every((one) => one.token === 'Bearer access-2'))
  assert.equal(requests.length, 20 + 1 + 20)
  assert.equal(client.session.signedIn, true)
})

test('a late 401 of the old token does not refresh again', async () => {
  const real = server()
  let release
  const held = new Promise((resolve) => { release = resolve })
  const { client } = await clientOver(async (request) => {
    const answer = real.answer(request)
    if (request.url.endsWith('/slow') && request.headers.authorization === 'Bearer access-1') await held
    return answer
  })
  real.expire()
  const slow = client.sitting_get({ id: 'slow' })
  await client.sitting_get({ id: 'fast' })
  release()
  assert.deepEqual(await slow, { token: 'Bearer access-2' })
  assert.equal(real.refreshes, 1)
})

test('two tabs refresh once between them', async () => {
  const real = server()
  const storage = memoryStorage()
  const lock = locks()
  const one = await clientOver(real.answer, { storage })
  one.transport.lock = lock
  const other = createClient({ baseUrl: 'https://host', storage, transport: Object.assign(network(real.answer), { lock }) })
  real.expire()
  await inTime(Promise.all([one.client, other].flatMap((client) => [client.me_get(), client.congress_settings_get({ id: 'c' })])))
  assert.equal(real.refreshes, 1)
})

test('a tab that still sees the spent token waits until it sees the new one', async () => {
  const real = server()
  const storage = memoryStorage()
  const lock = locks()
  const one = await clientOver(real.answer, { storage })
  one.transport.lock = lock
  // What another tab is told of the store comes late.
  const late = { ...storage, text: storage.get('tokens'), get: (key) => (key === 'tokens' ? late.text : storage.get(key)) }
  const other = createClient({ baseUrl: 'https://host', storage: late, transport: Object.assign(network(real.answer), { lock }) })
  real.expire()
  await inTime(one.client.me_get())
  const asked = other.me_get()
  await pass(200)
  late.text = storage.get('tokens')
  assert.deepEqual(await inTime(asked), { token: 'Bearer access-2' })
  assert.equal(real.refreshes, 1)
})

test('a tab whose refresh failed lets the next one try', async () => {
  const real = server()
  const storage = memoryStorage()
  const lock = locks()
  const one = await clientOver((request) => (isRefresh(request) ? lost() : real.answer(request)), { storage })
  one.transport.lock = lock
  const other = createClient({ baseUrl: 'https://host', storage, transport: Object.assign(network(real.answer), { lock }) })
  real.expire()
  const [failed, done] = await inTime(Promise.allSettled([one.client.me_get(), other.me_get()]))
  assert.equal(failed.reason.name, 'NetworkError')
  assert.deepEqual(done.value, { token: 'Bearer access-2' })
})

test('a token near its end is refreshed before it is sent', async () => {
  const real = server()
  const { client, requests } = await clientOver(real.answer)
  await pass(891_000)
  await Promise.all([client.me_get(), client.me_get()])
  assert.deepEqual(requests.map((one) => one.url.replace('https://host/api/v1', '')), ['/auth/refresh', '/me', '/me'])
})

test('a refresh whose answer was lost is asked for again at once', async () => {
  let tries = 0
  const { client } = await clientOver((request) => {
    if (!isRefresh(request)) return request.headers.authorization === 'Bearer access-2' ? json({}) : problem(401, 'token_expired')
    tries += 1
    return tries === 1 ? lost() : json(tokens(2))
  })
  const asked = Date.now()
  await inTime(client.me_get())
  assert.equal(tries, 2)
  // The server takes the old token for twenty seconds more.
  assert.ok(Date.now() - asked < 20_000)
})

test('no network while refreshing logs nobody out', async () => {
  let out = 0
  const { client } = await clientOver((request) => (isRefresh(request) ? lost() : problem(401, 'token_expired')), { onSignedOut: () => { out += 1 } })
  await assert.rejects(inTime(client.me_get()), { name: 'NetworkError' })
  assert.equal(client.session.signedIn, true)
  assert.equal(out, 0)
})

test('a busy server while refreshing logs nobody out', async () => {
  for (const answer of [problem(503, 'overloaded'), problem(429, 'rate_limited'), problem(500, 'internal')]) {
    const { client } = await clientOver((request) => (isRefresh(request) ? answer : problem(401, 'token_expired')))
    await assert.rejects(inTime(client.me_get()), { status: answer.status })
    assert.equal(client.session.signedIn, true)
  }
})

test('a session that ended is forgotten and told once, whatever asked', async () => {
  let out = 0
  const { client, storage } = await clientOver((request) => (isRefresh(request) ? problem(401, 'session_revoked') : problem(401, 'token_expired')), { onSignedOut: () => { out += 1 } })
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => client.me_get()))
  assert.ok(results.every((one) => one.reason.code === 'session_revoked'))
  assert.equal(out, 1)
  assert.equal(client.session.signedIn, false)
  assert.deepEqual(storage.keys(), [])
})

test('a session ended by an administrator is noticed without a refresh', async () => {
  let out = 0
  const { client, requests } = await clientOver(() => problem(401, 'session_revoked'), { onSignedOut: () => { out += 1 } })
  await assert.rejects(client.me_get(), { code: 'session_revoked' })
  assert.equal(out, 1)
  assert.equal(requests.length, 1)
})

test('who logs out while a refresh is under way stays logged out', async () => {
  let release
  const held = new Promise((resolve) => { release = resolve })
  const { client } = await clientOver(async (request) => {
    if (!isRefresh(request)) return problem(401, 'token_expired')
    await held
    return json(tokens(2))
  })
  const asked = client.me_get()
  asked.catch(() => {})
  await pass(0)
  client.session.clear()
  release()
  await assert.rejects(asked, { code: 'not_logged_in' })
  assert.equal(client.session.signedIn, false)
})

test('who logs in as somebody else while a refresh is under way stays that', async () => {
  let release
  const held = new Promise((resolve) => { release = resolve })
  const { client } = await clientOver(async (request) => {
    if (request.url.endsWith('/auth/sms')) return json(tokens(9, { account_id: 'other' }))
    if (!isRefresh(request)) return request.headers.authorization === 'Bearer access-9' ? json({ me: 'other' }) : problem(401, 'token_expired')
    await held
    return json(tokens(2))
  })
  const asked = client.me_get()
  await pass(0)
  await client.auth_sms({ body: { phone: '1', code: '1', device_id: 'd', device_name: 'd' } })
  release()
  assert.deepEqual(await asked, { me: 'other' })
  assert.equal(client.session.account.account_id, 'other')
})

test('a log-out in another tab is noticed in this one', async () => {
  const storage = memoryStorage()
  let changed
  storage.watch = (listener) => { changed = listener }
  let out = 0
  const heard = []
  const { client } = await clientOver(() => json({}), { storage, onSignedOut: () => { out += 1 } })
  client.session.subscribe((session) => heard.push(session.signedIn))
  storage.set('something', 'else')
  changed()
  storage.remove('tokens')
  changed()
  changed()
  assert.deepEqual([out, heard], [1, [true, false, false]])
})

test('log-in, restart, log-out', async () => {
  const { client, storage } = await clientOver(() => noContent)
  const heard = []
  const stop = client.session.subscribe((session) => heard.push(session.signedIn))
  const later = createClient({ baseUrl: 'https://host', transport: network(() => json({ a: 1 })), storage })
  assert.deepEqual(later.session.account, { account_id: 'account', session_id: 'session', name: '孙玉琳', roles: [] })
  assert.deepEqual(await later.me_get(), { a: 1 })
  await client.auth_logout()
  assert.deepEqual(heard, [false])
  stop()
  client.session.clear()
  assert.equal(heard.length, 1)
  assert.equal(later.session.signedIn, false)
})

test('who logs out without a network is logged out', async () => {
  const { client } = await clientOver(() => lost())
  await assert.rejects(client.auth_logout(), { name: 'NetworkError' })
  assert.equal(client.session.signedIn, false)
})

test('a full store does not stop the session, and leaves no spent token behind', async () => {
  const storage = memoryStorage()
  const real = server()
  const { client } = await clientOver(real.answer, { storage })
  storage.set = () => { throw new Error('full') }
  real.expire()
  await client.me_get()
  real.expire()
  await client.me_get()
  assert.equal(real.refreshes, 2)
  assert.equal(storage.get('tokens'), undefined)
})

test('a gate keeps its session beside that of a person', async () => {
  const { client } = await clientOver(() => json({ ...tokens(7), gate_id: 'g', server_keys: [] }), { signedIn: false })
  await client.gate_enrol({ body: { enrol_code: 'e', public_key: 'p', device_id: 'd', device_name: 'n' } })
  assert.equal(client.session.account.account_id, 'account')
  const revoked = await clientOver(() => problem(401, 'gate_revoked'))
  await assert.rejects(revoked.client.gate_snapshot_get({ id: 's' }), { code: 'gate_revoked' })
  assert.equal(revoked.client.session.signedIn, false)
})

test('after the roles changed a refresh can be asked for', async () => {
  const real = server()
  const { client } = await clientOver(real.answer)
  await client.auth_refresh()
  assert.deepEqual(await client.me_get(), { token: 'Bearer access-2' })
})
