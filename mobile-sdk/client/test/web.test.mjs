// Transport and storage of browsers: fetch over a real connection, sockets, locks, and a localStorage that may refuse.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { fetchTransport, webStorage } from '@lvzhi/client/web'

let server
let base
let answer
before(async () => {
  server = createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk)).on('end', () => answer(request, response, Buffer.concat(chunks).toString()))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

/** Gives the page a global for the length of one test. */
function setGlobal(t, name, value) {
  const had = Object.getOwnPropertyDescriptor(globalThis, name)
  Object.defineProperty(globalThis, name, { configurable: true, ...(typeof value === 'function' && name === 'localStorage' ? { get: value } : { value }) })
  t.after(() => (had ? Object.defineProperty(globalThis, name, had) : delete globalThis[name]))
}

const ask = (more) => fetchTransport().send({ method: 'GET', url: base, headers: {}, bytes: false, timeoutMs: 5000, ...more })

test('request, headers and answer', async () => {
  let heard
  answer = (request, response, body) => {
    heard = [request.method, request.headers['x-one'], body]
    response.setHeader('X-Two', '2').end('好')
  }
  const done = await ask({ method: 'PUT', headers: { 'x-one': '1' }, body: '{"a":"好"}' })
  assert.deepEqual(heard, ['PUT', '1', '{"a":"好"}'])
  assert.deepEqual([done.status, done.headers['x-two'], done.body], [200, '2', '好'])
  assert.ok((await ask({ bytes: true })).body instanceof ArrayBuffer)
})

test('a form with the file and its name', async () => {
  answer = (request, response, body) => response.end(`${request.headers['content-type'].slice(0, 19)} ${body}`)
  const { body } = await ask({ method: 'POST', file: new File(['a,b'], '名册.csv') })
  assert.match(body, /^multipart\/form-data/)
  assert.match(body, /name="file"; filename="名册.csv"/)
})

test('why no answer came', async () => {
  answer = () => {}
  await assert.rejects(ask({ timeoutMs: 30 }), { reason: 'timeout' })
  const abort = new AbortController()
  setTimeout(() => abort.abort(), 30)
  await assert.rejects(ask({ signal: abort.signal }), { reason: 'aborted' })
  await assert.rejects(ask({ signal: abort.signal }), { reason: 'aborted' })
  await assert.rejects(ask({ url: 'http://127.0.0.1:1' }), { reason: 'offline' })
  // The head of an answer is not the answer.
  answer = (_request, response) => response.writeHead(200, { 'content-length': 100 }).write('half')
  await assert.rejects(ask({ timeoutMs: 50 }), { reason: 'timeout' })
})

test('a socket of a page goes where the page came from', (t) => {
  setGlobal(t, 'location', { origin: 'https://lvzhi.example.gov.cn' })
  const made = []
  class Socket {
    constructor(...args) { made.push(args) }
    close() { made.push('closed') }
  }
  const transport = fetchTransport({ WebSocket: Socket })
  transport.socket('/api/v1/x', ['a'], {}).close()
  transport.socket('ws://other/x', ['a'], {})
  assert.deepEqual(made, [['wss://lvzhi.example.gov.cn/api/v1/x', ['a']], 'closed', ['ws://other/x', ['a']]])
})

test('locks of the browser are used where there are any', async (t) => {
  const asked = []
  setGlobal(t, 'document', new EventTarget())
  setGlobal(t, 'navigator', { locks: { request: (name, work) => (asked.push(name), work()) } })
  assert.equal(await fetchTransport().lock('one', async () => 7), 7)
  assert.deepEqual(asked, ['one'])
  setGlobal(t, 'navigator', {})
  assert.equal(fetchTransport().lock, undefined)
})

test('coming back to the page or the network is noticed, until nobody asks', (t) => {
  setGlobal(t, 'navigator', {})
  const page = new EventTarget()
  setGlobal(t, 'document', Object.assign(new EventTarget(), { visibilityState: 'hidden' }))
  setGlobal(t, 'addEventListener', page.addEventListener.bind(page))
  setGlobal(t, 'removeEventListener', page.removeEventListener.bind(page))
  let woken = 0
  const stop = fetchTransport().onWake(() => { woken += 1 })
  document.dispatchEvent(new Event('visibilitychange'))
  assert.equal(woken, 0)
  document.visibilityState = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  page.dispatchEvent(new Event('online'))
  assert.equal(woken, 2)
  stop()
  page.dispatchEvent(new Event('online'))
  document.dispatchEvent(new Event('visibilitychange'))
  assert.equal(woken, 2)
})

/** A localStorage with room for some characters. */
function area(room) {
  const kept = {}
  const methods = {
    getItem: (key) => kept[key] ?? null,
    removeItem: (key) => { delete kept[key] },
    setItem(key, value) {
      if (JSON.stringify(kept).length + key.length + value.length > room) throw new Error('QuotaExceededError')
      kept[key] = value
    },
  }
  return new Proxy(kept, { get: (_kept, name) => methods[name] ?? kept[name] })
}

test('things are kept in localStorage, and a full one says so', (t) => {
  const kept = area(100)
  setGlobal(t, 'localStorage', kept)
  setGlobal(t, 'addEventListener', () => {})
  kept.setItem('somebody.else', '1')
  const storage = webStorage()
  storage.set('a', '1')
  assert.equal(kept.getItem('lvzhi.a'), '1')
  assert.deepEqual([storage.get('a'), storage.get('b'), storage.keys()], ['1', undefined, ['a']])
  assert.throws(() => storage.set('b', 'x'.repeat(200)))
  assert.equal(storage.get('b'), undefined)
  storage.remove('a')
  assert.deepEqual(storage.keys(), [])
})

test('without localStorage things live until the page is closed', (t) => {
  setGlobal(t, 'localStorage', () => { throw new Error('SecurityError') })
  const storage = webStorage()
  storage.set('a', '1')
  assert.equal(storage.get('a'), '1')
  assert.equal(webStorage().get('a'), undefined)
})
