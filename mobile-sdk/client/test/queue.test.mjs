// The offline queue: kept over restarts, in order, one outcome for each entry, and nothing lost in silence.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createClient, memoryStorage, StorageError } from '@lvzhi/client'
import { clientOver, inTime, json, lost, network, problem, startTime, stopTime, tokens } from './fakes.mjs'

beforeEach(stopTime)
afterEach(startTime)

const checkIn = (code, sitting_id = 's') => ({ kind: 'check_in', sitting_id, body: { kind: 'ticket', code } })
const gateEvent = (seq, sitting_id = 's') => ({ kind: 'gate_event', sitting_id, event: { seq, scanned_at_ms: 1, clock_offset_ms: 0, code: `LZ1.${seq}`, signature: 'x' } })
const accepted = (seq) => ({ seq, outcome: 'accepted', repeated: false })
const eventsOf = (request) => JSON.parse(request.body).events.map((one) => one.seq)
/** A server that takes every event and every sign-in. */
const willing = (request) => (request.url.endsWith('/gate_events') ? json({ results: eventsOf(request).map(accepted), server_time: '' }) : json({ first: true }, 201))

test('entries go out in order, events of one sitting together', async () => {
  const { client, requests } = await clientOver(willing)
  for (const item of [gateEvent(1), gateEvent(2), checkIn('a'), gateEvent(3), gateEvent(4, 't'), gateEvent(5, 't')]) client.queue.enqueue(item)
  assert.equal(client.queue.pending, 6)
  const report = await client.queue.flush()
  assert.deepEqual(requests.map((one) => one.url.replace(/.*sittings/, '')), ['/s/gate_events', '/s/check_ins', '/s/gate_events', '/t/gate_events'])
  assert.deepEqual(requests.filter((one) => one.url.endsWith('gate_events')).map(eventsOf), [[1, 2], [3], [4, 5]])
  assert.deepEqual(report.outcomes.map((one) => one.ok), Array(6).fill(true))
  assert.deepEqual(report.outcomes[1].answer, accepted(2))
  assert.deepEqual({ pending: report.pending, stopped: report.stopped }, { pending: 0, stopped: undefined })
  assert.equal(client.queue.pending, 0)
})

test('large queues go in batches of a hundred', async () => {
  const { client, requests } = await clientOver(willing)
  for (let seq = 0; seq < 250; seq += 1) client.queue.enqueue(gateEvent(seq))
  await client.queue.flush()
  assert.deepEqual(requests.map((one) => eventsOf(one).length), [100, 100, 50])
  assert.deepEqual(requests.flatMap(eventsOf), Array.from({ length: 250 }, (_, i) => i))
})

test('what waits survives a restart', async () => {
  const storage = memoryStorage()
  const { client } = await clientOver(() => lost(), { storage })
  client.queue.enqueue(checkIn('a'))
  client.queue.enqueue(gateEvent(1))
  const offline = await inTime(client.queue.flush())
  assert.equal(offline.stopped.name, 'NetworkError')
  assert.equal(offline.pending, 2)
  const transport = network(willing)
  const later = createClient({ baseUrl: 'https://host', transport, storage })
  assert.deepEqual(later.queue.entries().map((one) => one.kind), ['check_in', 'gate_event'])
  assert.equal((await later.queue.flush()).outcomes.length, 2)
  assert.equal(later.queue.pending, 0)
})

test('one bad entry never blocks the next', async () => {
  const { client, requests } = await clientOver((request) => {
    if (request.url.endsWith('/check_ins')) return JSON.parse(request.body).code === 'bad' ? problem(422, 'code_expired') : json({ first: true }, 201)
    return eventsOf(request).includes(3) ? problem(422, 'validation_failed') : willing(request)
  })
  for (const item of [checkIn('a'), checkIn('bad'), checkIn('b'), ...[1, 2, 3, 4, 5, 6].map((seq) => gateEvent(seq))]) client.queue.enqueue(item)
  const { outcomes, pending } = await client.queue.flush()
  assert.equal(pending, 0)
  assert.deepEqual(outcomes.map((one) => one.ok), [true, false, true, true, true, false, true, true, true])
  assert.equal(outcomes[1].error.code, 'code_expired')
  assert.equal(outcomes[5].entry.event.seq, 3)
  assert.deepEqual(requests.slice(3).map(eventsOf), [[1, 2, 3, 4, 5, 6], [1, 2, 3], [1], [2, 3], [2], [3], [4, 5, 6]])
})

test('an entry over which the server breaks is passed by, tried again, and at last given up aloud', async () => {
  const { client } = await clientOver((request) => (JSON.parse(request.body).code === 'bad' ? problem(500, 'internal') : json({ first: true }, 201)))
  client.queue.enqueue(checkIn('bad'))
  client.queue.enqueue(checkIn('b'))
  const first = await client.queue.flush()
  assert.deepEqual(first.outcomes.map((one) => one.entry.body.code), ['b'])
  assert.equal(first.pending, 1)
  for (let i = 0; i < 3; i += 1) assert.equal((await client.queue.flush()).outcomes.length, 0)
  const last = await client.queue.flush()
  assert.equal(last.outcomes[0].error.code, 'internal')
  assert.equal(client.queue.pending, 0)
})

test('a server that is busy or away stops the flush and loses nothing', async () => {
  for (const answer of [() => problem(503, 'overloaded'), () => problem(429, 'rate_limited', { retry_after_s: 60 }), () => lost('timeout')]) {
    const { client } = await clientOver(answer)
    client.queue.enqueue(checkIn('a'))
    client.queue.enqueue(checkIn('b'))
    const report = await inTime(client.queue.flush())
    assert.ok(report.stopped)
    assert.deepEqual(report.outcomes, [])
    assert.equal(client.queue.pending, 2)
  }
})

test('an answer that lacks results settles nothing', async () => {
  const { client } = await clientOver(() => json({ results: [accepted(1)], server_time: '' }))
  client.queue.enqueue(gateEvent(1))
  client.queue.enqueue(gateEvent(2))
  const report = await client.queue.flush()
  assert.equal(report.stopped.reason, 'unreadable')
  assert.equal(client.queue.pending, 2)
})

test('a session that ended keeps what waits for whoever owns it', async () => {
  const storage = memoryStorage()
  const { client } = await clientOver(() => problem(401, 'session_revoked'), { storage })
  client.queue.enqueue(checkIn('a'))
  assert.equal((await client.queue.flush()).stopped.code, 'session_revoked')
  assert.equal(client.queue.pending, 1)
  assert.equal((await client.queue.flush()).stopped.code, 'not_logged_in')
  const transport = network((request) => (request.url.endsWith('/auth/sms') ? json(tokens(5, { account_id: JSON.parse(request.body).code })) : willing(request)))
  const next = createClient({ baseUrl: 'https://host', transport, storage })
  const logIn = (code) => next.auth_sms({ body: { phone: '1', code, device_id: 'd', device_name: 'd' } })
  await logIn('somebody else')
  assert.deepEqual(await next.queue.flush(), { outcomes: [], pending: 0 })
  assert.equal(next.queue.pending, 1)
  await logIn('account')
  assert.equal((await next.queue.flush()).outcomes.length, 1)
})

test('nothing is queued for nobody', async () => {
  const { client } = await clientOver(willing, { signedIn: false })
  assert.throws(() => client.queue.enqueue(checkIn('a')), { code: 'not_logged_in' })
})

test('a full phone and a full queue say so, and what was there stays', async () => {
  const storage = memoryStorage()
  const { client } = await clientOver(willing, { storage, queueLimit: 2 })
  client.queue.enqueue(checkIn('a'))
  const set = storage.set
  storage.set = () => { throw new Error('exceed max storage') }
  assert.throws(() => client.queue.enqueue(checkIn('b')), (error) => error instanceof StorageError && error.code === 'storage_full')
  storage.set = set
  client.queue.enqueue(checkIn('c'))
  assert.throws(() => client.queue.enqueue(checkIn('d')), (error) => error instanceof StorageError && error.code === 'queue_full')
  assert.deepEqual(client.queue.entries().map((one) => one.body.code), ['a', 'c'])
})

test('listeners hear each outcome before the entry goes', async () => {
  const { client } = await clientOver(willing)
  const heard = []
  const stop = client.queue.subscribe((outcome) => heard.push(outcome ? `${outcome.entry.body.code} ${client.queue.pending}` : 'queued'))
  client.queue.enqueue(checkIn('a'))
  client.queue.enqueue(checkIn('b'))
  await client.queue.flush()
  stop()
  client.queue.enqueue(checkIn('c'))
  assert.deepEqual(heard, ['queued', 'queued', 'a 2', 'b 1'])
})

test('flushes that overlap are one', async () => {
  const { client, requests } = await clientOver(willing)
  client.queue.enqueue(checkIn('a'))
  const [one, other] = await Promise.all([client.queue.flush(), client.queue.flush()])
  assert.equal(one, other)
  assert.equal(requests.length, 1)
})

test('what is queued while a flush runs is not lost', async () => {
  let client
  const made = await clientOver((request) => {
    if (JSON.parse(request.body).code === 'a') client.queue.enqueue(checkIn('b'))
    return json({ first: true }, 201)
  })
  client = made.client
  client.queue.enqueue(checkIn('a'))
  assert.equal((await client.queue.flush()).pending, 1)
  assert.equal((await client.queue.flush()).outcomes[0].entry.body.code, 'b')
})

test('an entry can be given up by the person', async () => {
  const { client } = await clientOver(willing)
  const { id } = client.queue.enqueue(checkIn('a'))
  client.queue.discard(id)
  assert.equal(client.queue.pending, 0)
})

test('a spoiled entry hides no other', async () => {
  const { client, storage } = await clientOver(willing)
  storage.set('queue.0', '{"half')
  client.queue.enqueue(checkIn('a'))
  assert.equal((await client.queue.flush()).outcomes.length, 1)
})
