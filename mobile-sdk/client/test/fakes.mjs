// Stand-ins for the edges: a network that answers as a test says, sockets a test can hold in its hand, and time that only a test moves.

import { mock } from 'node:test'
import { createClient, memoryStorage } from '@lvzhi/client'

/** Tokens as the server gives them; `n` tells one pair from the next. */
export const tokens = (n = 1, more = {}) => ({
  access_token: `access-${n}`, refresh_token: `refresh-${n}`, access_expires_in_s: 900, session_id: 'session', account_id: 'account',
  name: '孙玉琳', roles: [], server_time: '2026-11-22T01:02:03.123456Z', ...more,
})

export const json = (body, status = 200, headers = {}) => ({
  status, body: JSON.stringify(body), headers: { 'content-type': status < 300 ? 'application/json' : 'application/problem+json', ...headers },
})

export const problem = (status, code, more = {}, headers = {}) => json({ type: `/problems/${code}`, title: `标题 ${code}`, status, code, request_id: 'r-1', ...more }, status, headers)

export const noContent = { status: 204, body: '', headers: {} }

/** What a transport rejects with when no answer comes. */
export const lost = (reason = 'offline') => { throw Object.assign(new Error(reason), { reason }) }

/** A transport whose answers come from `answer(request, how many came before)`; `requests` holds what was sent. */
export function network(answer) {
  const requests = []
  const sockets = []
  const wakers = new Set()
  return {
    requests,
    sockets,
    wake: () => wakers.forEach((one) => one()),
    async send(request) {
      requests.push({ ...request, headers: { ...request.headers } })
      const before = requests.length - 1
      await Promise.resolve()
      return answer(request, before)
    },
    socket(url, protocols, events) {
      const one = { url, protocols, ...events, closed: false }
      sockets.push(one)
      return { close() { one.closed = true } }
    },
    onWake(listener) {
      wakers.add(listener)
      return () => wakers.delete(listener)
    },
  }
}

/** A client over such a network, logged in unless told otherwise. */
export async function clientOver(answer, { signedIn = true, storage = memoryStorage(), ...more } = {}) {
  let loggingIn = signedIn
  const transport = network((request, before) => (loggingIn ? json(tokens()) : answer(request, before)))
  const client = createClient({ baseUrl: 'https://host', transport, storage, ...more })
  if (signedIn) await client.auth_sms({ body: { phone: '13800000001', code: '123456', device_id: 'd', device_name: 'd' } })
  loggingIn = false
  transport.requests.length = 0
  return { client, transport, storage, requests: transport.requests }
}

/** Lets timers run only when asked; the clock stands still otherwise. */
export function stopTime() {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-11-22T01:00:00Z') })
}

export const startTime = () => mock.timers.reset()

/** Lets everything happen that needs no time. */
export async function settle() {
  for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve))
}

export async function pass(ms) {
  await settle()
  mock.timers.tick(ms)
  await settle()
}

/** Moves time on until the promise is settled. */
export async function inTime(promise) {
  let over = false
  const end = () => { over = true }
  promise.then(end, end)
  for (let i = 0; i < 1000 && !over; i += 1) await pass(500)
  if (!over) throw new Error('it never ends')
  return promise
}
