// A sitting watched live: what is shown, what happens when the connection is cut, and when it is refused.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { clientOver, json, lost, pass, problem, settle, startTime, stopTime, tokens } from './fakes.mjs'

beforeEach(stopTime)
afterEach(startTime)

const counts = (present) => ({ voting_total: 523, voting_present: present })
const arrival = (id) => ({ entry_id: id, name: `代表${id}` })
const snapshot = (seq, epoch = 'e1') => JSON.stringify({
  type: 'snapshot', epoch, seq, sitting: { id: 's', state: 'open' }, counts: counts(seq), quorum: { reached: false },
  delegations: [{ id: 'd1', present: 1 }, { id: 'd2', present: 2 }], recent: [arrival('old')], server_time: '', kid: '', signature: '',
})
const update = (seq, more = {}) => JSON.stringify({
  type: 'update', seq, arrivals: [arrival(`a${seq}`)], departures: [], counts: counts(seq), quorum: { reached: seq > 5 }, delegations: [], state: 'open', ...more,
})

/** A watcher, what it heard, and the sockets in the test's hand. */
async function watcher(answer = () => problem(400, 'bad_request'), options = {}) {
  const { client, transport, requests } = await clientOver(answer)
  const seqs = []
  const states = []
  const live = client.live('s', {
    onMessage: (message) => seqs.push(message.seq),
    onState: (state, error) => states.push(error ? `${state}: ${error.code}` : state),
    ...options,
  })
  await settle()
  return { live, client, transport, requests, seqs, states, sockets: transport.sockets }
}

test('the token goes by sub-protocol, the address is that of the sitting', async () => {
  const { sockets } = await watcher()
  assert.equal(sockets[0].url, 'wss://host/api/v1/sittings/s/live')
  assert.deepEqual(sockets[0].protocols, ['lvzhi.v1', 'bearer.access-1'])
  const screen = await watcher(undefined, { token: 'screen' })
  assert.deepEqual(screen.sockets[0].protocols, ['lvzhi.v1', 'bearer.screen'])
})

test('updates are put into the board', async () => {
  const boards = []
  const { live, sockets, states, seqs } = await watcher(undefined, { onBoard: (board) => boards.push(board) })
  sockets[0].open()
  sockets[0].message(snapshot(3))
  sockets[0].message(update(4, { arrivals: [arrival('new'), arrival('old')], delegations: [{ id: 'd2', present: 9 }, { id: 'd3', present: 1 }], state: 'closed' }))
  assert.deepEqual(states, ['connecting', 'open'])
  assert.deepEqual(seqs, [3, 4])
  assert.equal(live.board, boards[1])
  assert.notEqual(boards[0], boards[1])
  assert.deepEqual(live.board.delegations, [{ id: 'd1', present: 1 }, { id: 'd2', present: 9 }, { id: 'd3', present: 1 }])
  assert.deepEqual(live.board.recent.map((one) => one.entry_id), ['new', 'old'])
  assert.equal(live.board.counts.voting_present, 4)
  assert.equal(live.board.sitting.state, 'closed')
  assert.equal(boards[0].sitting.state, 'open')
})

test('frames that are old, broken or of a newer kind do no harm', async () => {
  const { sockets, seqs } = await watcher()
  sockets[0].open()
  sockets[0].message(update(1))
  sockets[0].message(snapshot(3))
  for (const text of [update(3), update(2), 'no json', '{"type":"poem","seq":9}']) sockets[0].message(text)
  sockets[0].message(update(4))
  assert.deepEqual(seqs, [3, 4])
})

test('a cut connection comes back and continues where it was', async () => {
  const { sockets, states, seqs } = await watcher()
  sockets[0].open()
  sockets[0].message(snapshot(3))
  sockets[0].close()
  assert.deepEqual(states, ['connecting', 'open', 'waiting'])
  await pass(500)
  assert.equal(sockets.length, 2)
  assert.equal(sockets[1].url, 'wss://host/api/v1/sittings/s/live?epoch=e1&since=3')
  sockets[1].open()
  sockets[1].message(update(4))
  assert.deepEqual(states, ['connecting', 'open', 'waiting', 'open'])
  assert.deepEqual(seqs, [3, 4])
})

test('a gap is fetched again, and the old socket is heard until the new one is open', async () => {
  const { sockets, states, seqs } = await watcher()
  sockets[0].open()
  sockets[0].message(snapshot(3))
  sockets[0].message(update(6))
  await settle()
  assert.equal(sockets[1].url, 'wss://host/api/v1/sittings/s/live?epoch=e1&since=3')
  sockets[0].message(update(4))
  sockets[1].open()
  assert.equal(sockets[0].closed, true)
  sockets[1].message(update(4))
  sockets[1].message(update(5))
  sockets[1].message(update(6))
  assert.deepEqual(seqs, [3, 4, 5, 6])
  assert.deepEqual(states, ['connecting', 'open'])
})

test('after a restart of the server a snapshot begins anew', async () => {
  const { live, sockets, seqs } = await watcher()
  sockets[0].open()
  sockets[0].message(snapshot(30))
  sockets[0].close()
  await pass(500)
  sockets[1].open()
  sockets[1].message(snapshot(0, 'e2'))
  sockets[1].message(update(1))
  assert.deepEqual(seqs, [30, 0, 1])
  assert.equal(live.board.counts.voting_present, 1)
})

test('attempts become rarer, with jitter, and frequent again after a steady connection', async () => {
  const { sockets } = await watcher(() => lost())
  const waits = []
  for (let i = 0; i < 9; i += 1) {
    const count = sockets.length
    const at = Date.now()
    sockets[count - 1].close()
    while (sockets.length === count) await pass(50)
    waits.push(Date.now() - at)
  }
  assert.ok(waits[0] <= 550, String(waits))
  assert.ok(waits[8] >= 7500 && waits[8] <= 15_050, String(waits))
  sockets.at(-1).open()
  await pass(5000)
  const count = sockets.length
  sockets.at(-1).close()
  await pass(500)
  assert.equal(sockets.length, count + 1)
})

test('a socket that neither opens nor fails is given up', async () => {
  const { sockets, states } = await watcher()
  await pass(10_000)
  assert.equal(sockets[0].closed, true)
  assert.deepEqual(states, ['connecting', 'waiting'])
  await pass(500)
  assert.equal(sockets.length, 2)
})

test('a refusal ends it and says why', async () => {
  for (const [status, code] of [[404, 'not_found'], [403, 'forbidden'], [426, 'client_outdated']]) {
    const { live, sockets, states } = await watcher(() => problem(status, code))
    sockets[0].close()
    await pass(60_000)
    assert.deepEqual(states, ['connecting', `closed: ${code}`])
    assert.equal(live.state, 'closed')
    assert.equal(sockets.length, 1)
  }
})

test('a full server is asked again', async () => {
  const { sockets, states } = await watcher(() => problem(503, 'overloaded'))
  sockets[0].close()
  await pass(5000)
  await pass(5000)
  assert.ok(sockets.length > 1)
  assert.deepEqual(states, ['connecting', 'waiting'])
})

test('an expired token is refreshed before the next attempt', async () => {
  const { sockets } = await watcher((request) => {
    if (request.url.endsWith('/auth/refresh')) return json(tokens(2))
    return request.headers.authorization === 'Bearer access-2' ? problem(400, 'bad_request') : problem(401, 'token_expired')
  })
  sockets[0].close()
  await pass(1000)
  assert.deepEqual(sockets[1].protocols, ['lvzhi.v1', 'bearer.access-2'])
})

test('without a session it ends at once', async () => {
  const { client, transport } = await clientOver(() => lost(), { signedIn: false })
  const states = []
  client.live('s', { onState: (state, error) => states.push([state, error?.code]) })
  await settle()
  assert.deepEqual(states, [['connecting', undefined], ['closed', 'not_logged_in']])
  assert.equal(transport.sockets.length, 0)
})

test('a silent socket is replaced without a word', async () => {
  const { sockets, states } = await watcher()
  sockets[0].open()
  sockets[0].message(snapshot(3))
  await pass(60_000)
  assert.equal(sockets.length, 2)
  assert.equal(sockets[0].closed, false)
  sockets[1].open()
  assert.equal(sockets[0].closed, true)
  assert.deepEqual(states, ['connecting', 'open'])
})

test('when the network is back it does not wait', async () => {
  const { sockets, transport } = await watcher(() => lost())
  for (let i = 0; i < 4; i += 1) {
    sockets.at(-1).close()
    for (let count = sockets.length; sockets.length === count;) await pass(100)
  }
  const count = sockets.length
  sockets.at(-1).close()
  await settle()
  transport.wake()
  await settle()
  assert.equal(sockets.length, count + 1)
})

test('close is the end', async () => {
  const { live, sockets, states, seqs, transport } = await watcher()
  sockets[0].open()
  sockets[0].message(snapshot(3))
  live.close()
  live.close()
  sockets[0].message(update(4))
  sockets[0].close()
  transport.wake()
  await pass(120_000)
  assert.equal(sockets.length, 1)
  assert.equal(sockets[0].closed, true)
  assert.deepEqual(seqs, [3])
  assert.deepEqual(states, ['connecting', 'open', 'closed'])
})
