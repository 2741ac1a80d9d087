// Puts the parts together: one method for each operation of the contract, lists, the session, live sittings and the queue.

import { createCall, uniqueId, type Surroundings } from './call.js'
import type { ApiError } from './errors.js'
import { OPERATIONS, type OperationId } from './generated/operations.js'
import { watch, type Live, type LiveOptions } from './live.js'
import { createQueue, type Queue } from './queue.js'
import { SessionKeeper, type Session } from './session.js'
import { memoryStorage, type ClientStorage, type Transport } from './transport.js'
import type { CallOptions, Each, Methods } from './types.js'

export interface ClientOptions {
  /** Where the server is, such as `https://lvzhi.example.gov.cn`; empty in a page that the server itself serves. */
  baseUrl: string
  transport: Transport
  /** Where tokens and the queue are kept; without it they end with the program. */
  storage?: ClientStorage
  /** Language of the server's sentences; `zh-CN` if not given. `client.language` changes it later. */
  language?: string
  /** Called when the session has ended, by itself or in another tab, and the person must log in again. */
  onSignedOut?(): void
  /** Called once when the server no longer speaks with this version of the program. */
  onOutdated?(error: ApiError): void
  /** For each request; 15 seconds if not given. */
  timeoutMs?: number
  /** How often a request that may be repeated is sent again; 2 if not given. */
  retries?: number
  /** Entries that the queue holds at most; 2000 if not given. */
  queueLimit?: number
}

export interface Client extends Methods {
  language: string
  /** Names this device in every log-in; chosen once and kept. */
  readonly deviceId: string
  readonly session: Session
  /** Lists, item by item over all pages: `for await (const one of client.each.meeting_list({ id }))`. */
  readonly each: Each
  readonly queue: Queue
  /** Watches a sitting (`live_watch`). */
  live(sittingId: string, options: LiveOptions): Live
  live_watch(args: { id: string }, options: LiveOptions): Live
  /** Happens by itself when a token expires; call it when the roles of the account have changed. */
  auth_refresh(): Promise<void>
}

export function createClient(options: ClientOptions): Client {
  const { transport, storage = memoryStorage(), onSignedOut, onOutdated } = options
  let language = options.language || 'zh-CN'
  let outdated = false
  const session = new SessionKeeper(
    storage,
    transport,
    // An answer that was lost on the way can be fetched once more, but only for 20 seconds: hence the short time-out.
    (refresh_token) => call('auth_refresh', { body: { refresh_token } }, { timeoutMs: 8000 }),
    () => { if (onSignedOut) onSignedOut() },
  )
  const around: Surroundings = {
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    transport,
    session,
    language: () => language,
    timeoutMs: options.timeoutMs || 15_000,
    retries: options.retries === undefined ? 2 : options.retries,
    onOutdated(error) {
      if (onOutdated && !outdated) onOutdated(error)
      outdated = true
    },
  }
  const call = createCall(around)

  type AnyArgs = { [name: string]: unknown }
  const methods: { [name: string]: unknown } = {}
  const each: { [name: string]: unknown } = {}
  for (const id of Object.keys(OPERATIONS) as OperationId[]) {
    methods[id] = (args?: AnyArgs, more?: CallOptions) => call(id, args, more)
    if (/ \w*c\w*$/.test(OPERATIONS[id])) each[id] = (args?: AnyArgs, more?: CallOptions) => items((cursor) => call(id, Object.assign({}, args, { cursor }), more))
  }
  methods.live_watch = (args: { id: string }, more: LiveOptions) => watch(around, call, args.id, more)
  methods.auth_refresh = () => session.refreshNow()
  methods.auth_logout = (args?: AnyArgs, more?: CallOptions) => {
    const forget = () => session.clear()
    const done = call('auth_logout', args, more)
    // Whoever asks to be logged out is, also without a network.
    done.then(forget, forget)
    return done
  }

  return Object.defineProperties(Object.assign(methods, {
    session,
    each,
    queue: createQueue(storage, transport, session, call, options.queueLimit || 2000),
    live: (sittingId: string, more: LiveOptions) => watch(around, call, sittingId, more),
  }), {
    language: { get: () => language, set: (value: string) => { language = value }, enumerable: true },
    deviceId: { get: () => deviceId(storage), enumerable: true },
  }) as unknown as Client
}

interface Page {
  items: unknown[]
  next_cursor?: string | null
}

/** By hand, because an async generator compiled for mini-programs would bring a large helper. */
function items(load: (cursor?: string) => Promise<Page>): AsyncIterableIterator<unknown> {
  let page: Page | undefined
  let cursor: string | null | undefined
  let at = 0
  let over = false
  const iterator = {
    async next(): Promise<IteratorResult<unknown>> {
      while (!over && (!page || at >= page.items.length)) {
        // A cursor that comes twice leads round in circles, as that of a mock does.
        if (page && (!page.next_cursor || page.next_cursor === cursor)) over = true
        else {
          cursor = page ? page.next_cursor : undefined
          page = await load(cursor || undefined)
          at = 0
        }
      }
      if (over || !page) return { done: true, value: undefined }
      at += 1
      return { done: false, value: page.items[at - 1] }
    },
    async return(): Promise<IteratorResult<unknown>> {
      over = true
      return { done: true, value: undefined }
    },
  }
  return Object.assign(iterator, { [Symbol.asyncIterator]: () => iterator }) as unknown as AsyncIterableIterator<unknown>
}

function deviceId(storage: ClientStorage): string {
  let id = storage.get('device_id')
  if (!id) {
    id = uniqueId()
    try {
      storage.set('device_id', id)
    } catch {
      // Without room the device has a new name next time; that is harmless.
    }
  }
  return id
}
