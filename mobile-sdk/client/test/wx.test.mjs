// The built modules where only `wx` exists: every request, refusal, upload, socket and text through the double.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { WebSocketServer } from 'ws'
import { run } from './mini-program.mjs'
import { wxDouble } from './wx-double.mjs'

const PROGRAM = `
  import { ApiError, NetworkError, StorageError, createClient } from '@lvzhi/client'
  import { explain } from '@lvzhi/client/messages'
  import { wxStorage, wxTransport } from '@lvzhi/client/wx'
  export const make = (baseUrl, more) => createClient(Object.assign({ baseUrl, transport: wxTransport(), storage: wxStorage() }, more))
  export const storage = () => wxStorage({ prefix: 'gate.' })
  export { explain }
  export const kind = (error) => (error instanceof ApiError ? 'api' : error instanceof NetworkError ? 'network' : error instanceof StorageError ? 'storage' : String(error))
`

let server
let base
let answer
let heard
const phone = wxDouble()
let program

before(async () => {
  program = await run({ 'program.js': PROGRAM }, phone.wx)
  server = createServer((request, response) => {
    let body = ''
    request.setEncoding('latin1').on('data', (text) => { body += text }).on('end', () => {
      heard = { method: request.method, url: request.url, headers: request.headers, body: Buffer.from(body, 'latin1').toString() }
      answer(response)
    })
  })
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'lvzhi.v1' })
  sockets.on('connection', (socket, request) => {
    heard = { headers: request.headers, url: request.url }
    socket.send(JSON.stringify({ type: 'snapshot', epoch: 'e', seq: 1, sitting: { state: 'open' }, counts: {}, quorum: {}, delegations: [], recent: [] }))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  base = `http://127.0.0.1:${server.address().port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

const says = (status, body, headers = { 'content-type': 'application/json' }) => (response) => {
  response.writeHead(status, headers)
  response.end(typeof body === 'object' && !Buffer.isBuffer(body) ? JSON.stringify(body) : body)
}
const options = { token: 't' }

test('a request and its answer', async () => {
  answer = says(201, { name: '孙玉琳' })
  assert.equal((await program.make(base).check_in_create({ id: 's', body: { kind: 'ticket', code: '码' } }, options)).name, '孙玉琳')
  assert.deepEqual([heard.method, heard.url, heard.body], ['POST', '/api/v1/sittings/s/check_ins', '{"kind":"ticket","code":"码"}'])
  assert.equal(heard.headers.authorization, 'Bearer t')
})

test('refusals, also where a file was asked for', async () => {
  answer = says(403, { title: '您的角色不能进行此操作', status: 403, code: 'forbidden', request_id: 'r' }, { 'content-type': 'application/problem+json' })
  for (const method of ['me_get', 'attendance_xlsx']) {
    const error = await program.make(base)[method]({ id: 's' }, options).catch((one) => one)
    assert.deepEqual([program.kind(error), error.code, error.title], ['api', 'forbidden', '您的角色不能进行此操作'])
    assert.equal(program.explain(error), '您没有此操作的权限，如有需要请联系管理员')
  }
})

test('a file arrives byte by byte', async () => {
  answer = says(200, Buffer.from([0, 255, 128, 7]), { 'content-type': 'application/vnd', 'content-disposition': "attachment; filename*=UTF-8''%E8%A1%A8.xlsx" })
  const file = await program.make(base).attendance_xlsx({ id: 's' }, options)
  assert.deepEqual([...new Uint8Array(file.bytes)], [0, 255, 128, 7])
  assert.equal(file.filename, '表.xlsx')
})

test('an upload is a form with the field "file"', async () => {
  answer = says(200, { rows: 1 })
  const answered = await program.make(base).representative_import({ id: 'c', commit: true, file: { path: new URL(import.meta.url).pathname, name: '名册.csv' } }, options)
  assert.equal(answered.rows, 1)
  assert.equal(heard.url, '/api/v1/congresses/c/representatives/import?commit=true')
  assert.match(heard.headers['content-type'], /^multipart\/form-data; boundary=/)
  assert.match(heard.body, /name="file"; filename="名册.csv"/)
  assert.match(heard.body, /The built modules where only/)
})

test('no network, no answer, and giving up', async () => {
  const client = program.make(base, { retries: 0 })
  const reason = (promise) => promise.then(() => 'answered', (error) => `${program.kind(error)} ${error.reason}`)
  phone.setOnline(false)
  assert.equal(await reason(client.me_get({}, options)), 'network offline')
  phone.setOnline(true)
  answer = () => {}
  assert.equal(await reason(client.me_get({}, { ...options, timeoutMs: 50 })), 'network timeout')
  const abort = new AbortController()
  const asked = reason(client.me_get({}, { ...options, signal: abort.signal }))
  setTimeout(() => abort.abort(), 20)
  assert.equal(await asked, 'network aborted')
  assert.equal(await reason(client.me_get({}, { ...options, signal: abort.signal })), 'network aborted')
})

test('lists without for await', async () => {
  answer = says(200, { items: [1, 2], next_cursor: null })
  const list = program.make(base).each.congress_list()
  assert.deepEqual([(await list.next()).value, (await list.next()).value, (await list.next()).done], [1, 2, true])
})

test('a sitting is watched by wx.connectSocket', { timeout: 10_000 }, async () => {
  const board = await new Promise((done) => {
    const live = program.make(base).live('s', { token: 't', onBoard: (now) => (live.close(), done(now)) })
  })
  assert.equal(board.sitting.state, 'open')
  assert.equal(heard.url, '/api/v1/sittings/s/live')
  assert.equal(heard.headers['sec-websocket-protocol'].replaceAll(' ', ''), 'lvzhi.v1,bearer.t')
})

test('things are kept under their prefix', () => {
  const kept = program.storage()
  phone.wx.setStorageSync('somebody.else', '1')
  kept.set('a', '1')
  assert.deepEqual([kept.get('a'), kept.get('b'), [...kept.keys()]], ['1', undefined, ['a']])
  kept.remove('a')
  assert.deepEqual([...kept.keys()], [])
  assert.equal(phone.wx.getStorageSync('somebody.else'), '1')
})
