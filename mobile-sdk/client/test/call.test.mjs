// One call: how it is addressed, what is repeated and what never is, how answers and refusals are read.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { ApiError, createClient, NetworkError } from '@lvzhi/client'
import { clientOver, inTime, json, lost, network, noContent, problem, startTime, stopTime } from './fakes.mjs'

beforeEach(stopTime)
afterEach(startTime)

test('arguments go where the contract puts them', async () => {
  const { client, requests } = await clientOver(() => json({ items: [] }))
  await client.representative_list({ id: 'a/b', q: '张 & 伟', limit: 5, unit_id: undefined, term_id: null })
  assert.equal(requests[0].method, 'GET')
  assert.equal(requests[0].url, 'https://host/api/v1/congresses/a%2Fb/representatives?q=%E5%BC%A0%20%26%20%E4%BC%9F&limit=5')
  assert.equal(requests[0].headers.authorization, 'Bearer access-1')
  assert.equal(requests[0].headers['accept-language'], 'zh-CN')
  assert.equal(requests[0].body, undefined)
  await client.check_in_create({ id: 's', body: { kind: 'typed_code', code: '402817' } })
  assert.equal(requests[1].url, 'https://host/api/v1/sittings/s/check_ins')
  assert.equal(requests[1].headers['content-type'], 'application/json')
  assert.equal(requests[1].body, '{"kind":"typed_code","code":"402817"}')
})

test('an empty id is a mistake of the program and never sent', async () => {
  const { client, requests } = await clientOver(() => json({}))
  await assert.rejects(client.sitting_get({ id: '' }), TypeError)
  assert.equal(requests.length, 0)
})

test('what needs no log-in carries no token', async () => {
  const { client, requests } = await clientOver(() => json({ items: [] }))
  await client.congress_list()
  assert.equal(requests[0].headers.authorization, undefined)
})

test('what needs a log-in is not sent without one', async () => {
  const { client, requests } = await clientOver(() => json({}), { signedIn: false })
  await assert.rejects(client.me_get(), (error) => error instanceof ApiError && error.code === 'not_logged_in')
  assert.equal(requests.length, 0)
})

test('a token can be given for one call', async () => {
  const { client, requests } = await clientOver(() => problem(401, 'token_expired'), { signedIn: false })
  await assert.rejects(client.code_get({ id: 's' }, { token: 'screen' }), { code: 'token_expired' })
  // Not ours: there is nothing to refresh it with.
  assert.deepEqual(requests.map((one) => one.headers.authorization), ['Bearer screen'])
})

test('reads and sign-ins are repeated after a lost answer', async () => {
  const { client, requests } = await clientOver((_request, before) => (before < 2 ? lost() : json({ first: false })))
  assert.deepEqual(await inTime(client.check_in_create({ id: 's', body: { kind: 'ticket', code: 't' } })), { first: false })
  assert.equal(requests.length, 3)
  assert.equal(new Set(requests.map((one) => one.body)).size, 1)
})

test('what must not happen twice is sent once', async () => {
  for (const failure of [() => lost(), () => problem(503, 'unavailable'), () => problem(429, 'rate_limited', { retry_after_s: 1 })]) {
    const { client, requests } = await clientOver(failure)
    await assert.rejects(inTime(client.sitting_open({ id: 's' })))
    await assert.rejects(inTime(client.sitting_close({ id: 's' })))
    assert.equal(requests.length, 2)
  }
})

test('a creating POST is repeated under one key', async () => {
  const { client, requests } = await clientOver((_request, before) => (before === 0 ? lost('timeout') : before === 1 ? problem(503, 'overloaded', {}, { 'retry-after': '2' }) : json({ id: 'm' }, 201)))
  assert.deepEqual(await inTime(client.leave_request_create({ body: { reason: '出差' } })), { id: 'm' })
  assert.equal(requests.length, 3)
  const keys = new Set(requests.map((one) => one.headers['idempotency-key']))
  assert.equal(keys.size, 1)
  assert.match([...keys][0], /^[\x21-\x7e]{16,128}$/)
})

test('"try again" by the person is a repetition until the server has decided', async () => {
  let up = false
  const { client, requests } = await clientOver(() => (up ? json({ id: 'm' }, 201) : lost()), { retries: 0 })
  const ask = (reason) => client.leave_request_create({ body: { reason } })
  await assert.rejects(ask('出差'), NetworkError)
  await assert.rejects(ask('生病'), NetworkError)
  up = true
  await ask('出差')
  await ask('出差')
  const keys = requests.map((one) => one.headers['idempotency-key'])
  assert.equal(keys[0], keys[2], 'the same intent')
  assert.notEqual(keys[0], keys[1], 'another intent')
  assert.notEqual(keys[2], keys[3], 'decided: the next one is new')
})

test('a refusal decides: after it the same content is a new intent', async () => {
  const { client, requests } = await clientOver((_request, before) => (before === 0 ? problem(422, 'validation_failed') : json({}, 201)))
  await assert.rejects(client.leave_request_create({ body: { reason: '' } }))
  await client.leave_request_create({ body: { reason: '' } })
  assert.notEqual(requests[0].headers['idempotency-key'], requests[1].headers['idempotency-key'])
})

test('a given key is used', async () => {
  const { client, requests } = await clientOver(() => json({}, 201))
  await client.leave_request_create({ body: {} }, { idempotencyKey: 'mine' })
  assert.equal(requests[0].headers['idempotency-key'], 'mine')
})

test('Retry-After is waited for, unless it is too long or missing', async () => {
  const answers = (second) => (_request, before) => (before === 0 ? second : json({ items: [] }))
  const patient = await clientOver(answers(problem(429, 'rate_limited', {}, { 'retry-after': '7' })))
  const asked = Date.now()
  await inTime(patient.client.congress_list())
  assert.ok(Date.now() - asked >= 7000)
  const long = await clientOver(answers(problem(429, 'rate_limited', { retry_after_s: 60 })))
  await assert.rejects(inTime(long.client.congress_list()), { code: 'rate_limited', retryAfter: 60 })
  const without = await clientOver(answers(problem(429, 'rate_limited')))
  await assert.rejects(inTime(without.client.congress_list()), { code: 'rate_limited', retryAfter: undefined })
})

test('refusals are not repeated', async () => {
  for (const [status, code] of [[404, 'not_found'], [409, 'wrong_state'], [422, 'code_expired'], [500, 'internal']]) {
    const { client, requests } = await clientOver(() => problem(status, code))
    await assert.rejects(inTime(client.sitting_get({ id: 's' })), { status, code })
    assert.equal(requests.length, 1)
  }
})

test('two repetitions at once: the loser asks again', async () => {
  const { client, requests } = await clientOver((_request, before) => (before === 0 ? problem(409, 'conflict', { retry_after_s: 1 }) : json({ id: 'm' }, 201)))
  assert.deepEqual(await inTime(client.leave_request_create({ body: {} })), { id: 'm' })
  assert.equal(requests[0].headers['idempotency-key'], requests[1].headers['idempotency-key'])
})

test('a DELETE whose answer was lost has succeeded when nothing is left', async () => {
  const lostOnce = await clientOver((_request, before) => (before === 0 ? lost() : problem(404, 'not_found')))
  assert.equal(await inTime(lostOnce.client.session_revoke({ id: 'x' })), undefined)
  const atOnce = await clientOver(() => problem(404, 'not_found'))
  await assert.rejects(inTime(atOnce.client.session_revoke({ id: 'x' })), { code: 'not_found' })
})

test('a refusal tells everything the server said', async () => {
  const errors = [{ field: 'phone', code: 'invalid', message: 'must be a phone number' }]
  const { client } = await clientOver(() => problem(422, 'validation_failed', { detail: 'x', errors }))
  const error = await client.me_get().catch((one) => one)
  assert.ok(error instanceof ApiError && error instanceof Error)
  assert.deepEqual(
    { ...error },
    { name: 'ApiError', status: 422, code: 'validation_failed', title: '标题 validation_failed', detail: 'x', errors, requestId: 'r-1', retryAfter: undefined },
  )
  assert.equal(error.message, 'validation_failed; 标题 validation_failed; x; phone must be a phone number')
})

test('the union of codes is closed: strangers become the general code of their status', async () => {
  const of = async (answer) => (await clientOver(() => answer, { retries: 0 })).client.me_get().catch((error) => error.code)
  assert.equal(await of(problem(409, 'moon_is_full')), 'conflict')
  assert.equal(await of(problem(418, 'teapot')), 'bad_request')
  assert.equal(await of({ status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' }), 'unavailable')
  assert.equal(await of({ status: 403, headers: {}, body: '' }), 'forbidden')
  assert.equal(await of({ status: 500, headers: {}, body: '"text"' }), 'internal')
})

test('a page of a hotel network is no answer', async () => {
  const { client, requests } = await clientOver(() => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<html>欢迎使用酒店网络' }))
  await assert.rejects(inTime(client.sitting_get({ id: 's' })), (error) => error instanceof NetworkError && error.reason === 'unreadable')
  assert.equal(requests.length, 3)
  await assert.rejects(inTime(client.attendance_xlsx({ id: 's' })), { reason: 'unreadable' })
})

test('files, drawings and nothing', async () => {
  const bytes = new Uint8Array([80, 75, 3, 4]).buffer
  const { client, requests } = await clientOver(({ url }) =>
    /xlsx$/.test(url) ? { status: 200, headers: { 'content-type': 'application/vnd', 'content-disposition': `attachment; filename="a.xlsx"; filename*=UTF-8''${encodeURIComponent('签到表.xlsx')}` }, body: bytes }
    : /csv$/.test(url) ? { status: 200, headers: { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="b.csv"' }, body: bytes }
    : /svg$/.test(url) ? { status: 200, headers: { 'content-type': 'image/svg+xml' }, body: '<svg/>' }
    : noContent)
  assert.deepEqual(await client.attendance_xlsx({ id: 's' }), { bytes, contentType: 'application/vnd', filename: '签到表.xlsx' })
  assert.deepEqual(await client.attendance_csv({ id: 's' }), { bytes, contentType: 'text/csv', filename: 'b.csv' })
  assert.deepEqual(await client.code_svg({ id: 's' }), { text: '<svg/>', contentType: 'image/svg+xml' })
  assert.equal(await client.totp_confirm({ body: { code: '123456' } }), undefined)
  assert.deepEqual(requests.map((one) => one.bytes), [true, true, false, false])
})

test('a refusal that came as bytes is read all the same', async () => {
  const text = problem(403, 'forbidden', { title: '您的角色不能进行此操作' }).body
  const { client } = await clientOver(() => ({ status: 403, headers: {}, body: new TextEncoder().encode(text).buffer }))
  await assert.rejects(client.attendance_xlsx({ id: 's' }), { code: 'forbidden', title: '您的角色不能进行此操作' })
})

test('whoever gives up gets no second attempt', async () => {
  const { client, requests } = await clientOver(() => lost('aborted'))
  await assert.rejects(inTime(client.me_get()), { name: 'NetworkError', reason: 'aborted' })
  assert.equal(requests.length, 1)
  const abort = new AbortController()
  const late = await clientOver(() => { abort.abort(); return lost() })
  await assert.rejects(inTime(late.client.me_get({}, { signal: abort.signal })), NetworkError)
  assert.equal(late.requests.length, 1)
})

test('an outdated program is told once, and what it asked fails', async () => {
  const told = []
  const { client, requests } = await clientOver(() => problem(426, 'client_outdated'), { onOutdated: (error) => told.push(error.code) })
  await assert.rejects(client.me_get(), { code: 'client_outdated' })
  await assert.rejects(client.congress_list(), { code: 'client_outdated' })
  assert.deepEqual(told, ['client_outdated'])
  assert.match(requests[0].headers['lvzhi-client'], /^\d+\.\d+\.\d+$/)
})

test('lists are read page by page, and only as far as somebody reads', async () => {
  const { client, requests } = await clientOver(({ url }) => {
    const cursor = new URL(url).searchParams.get('cursor')
    return json(cursor === null ? { items: [1, 2], next_cursor: 'b' } : cursor === 'b' ? { items: [], next_cursor: 'c' } : { items: [3], next_cursor: null })
  })
  const all = []
  for await (const one of client.each.meeting_list({ id: 'c', limit: 2 })) all.push(one)
  assert.deepEqual(all, [1, 2, 3])
  assert.deepEqual(requests.map((one) => one.url.split('?')[1]), ['limit=2', 'limit=2&cursor=b', 'limit=2&cursor=c'])
  for await (const one of client.each.meeting_list({ id: 'c' })) if (one === 1) break
  assert.equal(requests.length, 4)
})

test('a cursor that comes twice ends the list', async () => {
  const { client } = await clientOver(() => json({ items: [1], next_cursor: 'string' }))
  const all = []
  for await (const one of client.each.meeting_list({ id: 'c' })) all.push(one)
  assert.deepEqual(all, [1, 1])
})

test('a list that fails half-way says so', async () => {
  const { client } = await clientOver((_request, before) => (before === 0 ? json({ items: [1], next_cursor: 'b' }) : problem(403, 'forbidden')))
  const seen = []
  await assert.rejects(async () => {
    for await (const one of client.each.my_sitting_list()) seen.push(one)
  }, { code: 'forbidden' })
  assert.deepEqual(seen, [1])
})

test('the language can change while the program runs', async () => {
  const { client, requests } = await clientOver(() => json({ items: [] }), { language: 'en' })
  await client.congress_list()
  client.language = 'zh-CN'
  await client.congress_list()
  assert.deepEqual(requests.map((one) => one.headers['accept-language']), ['en', 'zh-CN'])
  assert.equal(client.language, 'zh-CN')
})

test('a device has one name, also after a restart', async () => {
  const { client, storage } = await clientOver(() => json({}))
  const again = createClient({ baseUrl: 'https://host/', transport: network(() => json({})), storage })
  assert.match(client.deviceId, /^\w{20,}$/)
  assert.equal(again.deviceId, client.deviceId)
})
