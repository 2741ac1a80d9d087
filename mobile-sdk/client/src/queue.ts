// The offline queue: sign-ins and gate events that wait on the device until the server has answered for each of them.

import { uniqueId, type Call } from './call.js'
import { ApiError, isUndecided, NetworkError, StorageError } from './errors.js'
import { keepOrThrow, type SessionKeeper } from './session.js'
import type { ClientStorage, Transport } from './transport.js'
import type { Schemas } from './types.js'

export type QueueItem =
  | { kind: 'check_in'; sitting_id: string; body: Schemas['NewCheckIn'] }
  | { kind: 'gate_event'; sitting_id: string; event: Schemas['GateEvent'] }

/** An item that waits. */
export type QueueEntry = QueueItem & {
  id: string
  /** On this device's clock. */
  queued_at_ms: number
  /** Sent only while this account or gate is logged in. */
  account_id: string
  /** How often the server failed over it. */
  failures: number
}

/** What became of an entry. It has left the queue. */
export type QueueOutcome =
  | { entry: QueueEntry; ok: true; answer: Schemas['CheckInView'] | Schemas['GateEventResult'] }
  | { entry: QueueEntry; ok: false; error: ApiError }

export interface FlushReport {
  outcomes: QueueOutcome[]
  /** Entries of this account that still wait. */
  pending: number
  /** Why the flush stopped early: the network, a busy server, nobody logged in. */
  stopped?: ApiError | NetworkError
}

export interface Queue {
  /** Entries that wait, of whatever account on this device. */
  readonly pending: number
  entries(): QueueEntry[]
  /** Keeps an item. Throws a StorageError, and keeps nothing, when there is no room. */
  enqueue(item: QueueItem): QueueEntry
  /** Sends what waits, oldest first. Flushes that overlap are one flush. */
  flush(): Promise<FlushReport>
  /** Hears each outcome, and `undefined` when something was queued; returns how to stop that. */
  subscribe(listener: (outcome: QueueOutcome | undefined) => void): () => void
  /** Takes an entry out unsent, when the person gives it up. */
  discard(id: string): void
}

const PREFIX = 'queue.'
const BATCH = 100
/** A server that fails over an entry so often will not do better the next time. */
const MOST_FAILURES = 5

export function createQueue(storage: ClientStorage, transport: Transport, session: SessionKeeper, call: Call, limit: number): Queue {
  let listeners: ((outcome: QueueOutcome | undefined) => void)[] = []
  let flushing: Promise<FlushReport> | undefined

  /** One key for each entry: what is written or cut off half-way touches no other, and tabs do not overwrite each other. */
  function entries(): QueueEntry[] {
    const found: QueueEntry[] = []
    for (const key of storage.keys().filter((one) => one.indexOf(PREFIX) === 0).sort()) {
      try {
        found.push(JSON.parse(storage.get(key) as string))
      } catch {
        // Written by something else, or removed by another tab just now.
      }
    }
    return found
  }

  function pending(): number {
    return storage.keys().filter((key) => key.indexOf(PREFIX) === 0).length
  }

  function tell(outcome: QueueOutcome | undefined): void {
    for (const listener of listeners) listener(outcome)
  }

  function enqueue(item: QueueItem): QueueEntry {
    const account = session.account
    if (!account) throw new ApiError(401, { code: 'not_logged_in' })
    if (pending() >= limit) throw new StorageError('queue_full')
    const entry: QueueEntry = Object.assign({ id: uniqueId(), queued_at_ms: Date.now(), account_id: account.account_id, failures: 0 }, item)
    keepOrThrow(storage, PREFIX + entry.id, JSON.stringify(entry))
    tell(undefined)
    return entry
  }

  function flush(): Promise<FlushReport> {
    if (!flushing) {
      const done = () => { flushing = undefined }
      flushing = transport.lock ? transport.lock('lvzhi.queue', flushOnce) : flushOnce()
      flushing.then(done, done)
    }
    return flushing
  }

  async function flushOnce(): Promise<FlushReport> {
    const account = session.account
    const mine = () => entries().filter((entry) => account && entry.account_id === account.account_id)
    const outcomes: QueueOutcome[] = []
    const report = (stopped?: unknown): FlushReport =>
      Object.assign({ outcomes, pending: mine().length }, stopped ? { stopped: stopped as ApiError | NetworkError } : {})
    // The listener hears of it before the entry goes: after a crash in between it is sent again, and that is harmless.
    const settle = (outcome: QueueOutcome) => {
      outcomes.push(outcome)
      tell(outcome)
      storage.remove(PREFIX + outcome.entry.id)
    }
    if (!account) return report(new ApiError(401, { code: 'not_logged_in' }))
    for (const group of groups(mine())) {
      const stopped = await sendGroup(group, settle)
      if (stopped) return report(stopped)
    }
    return report()
  }

  /** Sends entries that travel together. Answers what makes it senseless to go on. */
  async function sendGroup(group: QueueEntry[], settle: (outcome: QueueOutcome) => void): Promise<unknown> {
    const first = group[0] as QueueEntry
    try {
      if (first.kind === 'check_in') {
        settle({ entry: first, ok: true, answer: await call('check_in_create', { id: first.sitting_id, body: first.body }) })
      } else {
        const events = group.map((entry) => (entry as { event: unknown }).event)
        const { results }: Schemas['GateEventResults'] = await call('gate_event_create', { id: first.sitting_id, body: { events } })
        // Fewer answers than events would leave some without: then none is settled and all are sent again.
        if (results.length !== group.length) return new NetworkError('unreadable')
        group.forEach((entry, i) => settle({ entry, ok: true, answer: results[i] as Schemas['GateEventResult'] }))
      }
      return undefined
    } catch (error) {
      const theServerFailed = error instanceof ApiError && error.status === 500
      if (!(error instanceof ApiError) || error.status === 401 || error.status === 426 || (isUndecided(error) && !theServerFailed)) return error
      if (group.length > 1) {
        // Somewhere in here is the bad one: halve until it stands alone.
        const middle = group.length >> 1
        return (await sendGroup(group.slice(0, middle), settle)) || (await sendGroup(group.slice(middle), settle))
      }
      const failed = Object.assign({}, first, { failures: first.failures + 1 })
      if (!theServerFailed || failed.failures >= MOST_FAILURES) settle({ entry: first, ok: false, error })
      else keepOrThrow(storage, PREFIX + first.id, JSON.stringify(failed))
      return undefined
    }
  }

  return {
    get pending() { return pending() },
    entries,
    enqueue,
    flush,
    subscribe(listener) {
      listeners.push(listener)
      return () => { listeners = listeners.filter((one) => one !== listener) }
    },
    discard(id) {
      storage.remove(PREFIX + id)
      tell(undefined)
    },
  }
}

/** A sign-in goes alone; events of one sitting that follow each other go together. */
function groups(entries: QueueEntry[]): QueueEntry[][] {
  const found: QueueEntry[][] = []
  for (const entry of entries) {
    const last = found[found.length - 1]
    const head = last && last[0]
    if (last && head && last.length < BATCH && entry.kind === 'gate_event' && head.kind === 'gate_event' && head.sitting_id === entry.sitting_id) last.push(entry)
    else found.push([entry])
  }
  return found
}
