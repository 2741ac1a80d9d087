// A sitting watched live: one socket that comes back by itself and continues where it was cut off.

import type { Call, Surroundings } from './call.js'
import { ApiError } from './errors.js'
import type { Schemas } from './types.js'

/** Somebody who signed in, as a screen shows it. */
export interface LiveArrival {
  entry_id: string
  name: string
  delegation_id: string | null
  delegation: string | null
  seat_label: string | null
  class: Schemas['SeatClass']
  at: string
  state: Schemas['AttendanceState']
}

/** The whole state of a sitting. */
export interface LiveSnapshot {
  type: 'snapshot'
  /** The run of the server's room that `seq` counts in. */
  epoch: string
  seq: number
  sitting: {
    id: string
    title: string
    meeting_title: string
    congress_name: string
    place: string
    state: Schemas['SittingState']
    starts_at: string
    late_after: string
    ends_at: string
  }
  counts: Schemas['Counts']
  quorum: Schemas['Quorum']
  delegations: Schemas['DelegationCount'][]
  /** Newest first. */
  recent: LiveArrival[]
  server_time: string
  /** The server key that signed the text before `signature`. */
  kid: string
  signature: string
}

/** What changed since the frame before. */
export interface LiveUpdate {
  type: 'update'
  seq: number
  /** Newest first; at most twenty, `counts` has all. */
  arrivals: LiveArrival[]
  departures: { entry_id: string }[]
  counts: Schemas['Counts']
  quorum: Schemas['Quorum']
  /** Only those that changed. */
  delegations: Schemas['DelegationCount'][]
  state: Schemas['SittingState']
}

export type LiveMessage = LiveSnapshot | LiveUpdate

/** The snapshot with all updates since put in: what a screen draws. */
export type LiveBoard = Pick<LiveSnapshot, 'sitting' | 'counts' | 'quorum' | 'delegations' | 'recent'>

/** `waiting`: the connection was lost and is tried again. `closed`: it ended for good. */
export type LiveState = 'connecting' | 'open' | 'waiting' | 'closed'

export interface LiveOptions {
  /** Every frame, in order, none twice. */
  onMessage?(message: LiveMessage): void
  /** The whole picture after every frame; a new object each time. */
  onBoard?(board: LiveBoard): void
  /** `error` says why when the server refused for good: no session, no right, no such sitting. */
  onState?(state: LiveState, error?: ApiError): void
  /** A hall screen's token (`screen_create`) instead of the session's. */
  token?: string
}

export interface Live {
  readonly state: LiveState
  readonly board: LiveBoard | undefined
  close(): void
}

const OPENING_MS = 10_000
/** A connection that lasts this long counts as a success. */
const STEADY_MS = 5_000
/** After so much silence the socket is replaced: a dead one looks just like a quiet hall. */
const SILENCE_MS = 60_000
const LONGEST_WAIT_MS = 15_000
const SHOWN_ARRIVALS = 20

export function watch(around: Surroundings, call: Call, sittingId: string, options: LiveOptions): Live {
  let state: LiveState = 'connecting'
  let board: LiveBoard | undefined
  let epoch = ''
  let seq = 0
  /** The socket that is listened to, and the one that is about to replace it. */
  let socket: { close(): void } | undefined
  let next: { close(): void } | undefined
  let turn = 0
  let tries = 0
  const timers: { [name: string]: ReturnType<typeof setTimeout> } = {}
  const stopWaking = around.transport.onWake ? around.transport.onWake(connect) : () => {}

  function cancel(name: string): void {
    const timer = timers[name]
    if (timer !== undefined) clearTimeout(timer)
  }

  function later(name: string, ms: number, work: () => void): void {
    cancel(name)
    timers[name] = setTimeout(work, ms)
  }

  function become(now: LiveState, error?: ApiError): void {
    if (state === now || state === 'closed') return
    state = now
    if (options.onState) options.onState(now, error)
  }

  async function connect(): Promise<void> {
    if (state === 'closed') return
    const mine = (turn += 1)
    let token: string
    try {
      token = options.token || (await around.session.token())
    } catch (error) {
      if (mine === turn) lost(error)
      return
    }
    if (mine !== turn || isClosed()) return
    if (next) next.close()
    const resume = epoch ? `?epoch=${encodeURIComponent(epoch)}&since=${seq}` : ''
    const url = `${around.baseUrl}/api/v1/sittings/${encodeURIComponent(sittingId)}/live${resume}`
    const opened = around.transport.socket(url.replace(/^http/, 'ws'), ['lvzhi.v1', 'bearer.' + token], {
      open() {
        if (opened !== next) return
        if (socket) socket.close()
        socket = opened
        next = undefined
        cancel('opening')
        later('steady', STEADY_MS, () => { tries = 0 })
        later('silence', SILENCE_MS, connect)
        become('open')
      },
      message(text) {
        if (opened !== socket) return
        later('silence', SILENCE_MS, connect)
        take(text)
      },
      close() {
        if (opened === next) void ask()
        else if (opened === socket) lost()
      },
    })
    next = opened
    later('opening', OPENING_MS, () => { if (opened === next) lost() })
  }

  /** A socket that does not open tells nothing; an ordinary request to the same address tells why. */
  async function ask(): Promise<void> {
    const mine = (turn += 1)
    next = undefined
    try {
      await call('live_watch', { id: sittingId }, Object.assign({ retries: 0 }, options.token ? { token: options.token } : {}))
    } catch (error) {
      if (mine === turn) lost(error)
    }
  }

  function lost(error?: unknown): void {
    drop()
    if (error instanceof ApiError && [401, 403, 404, 426].indexOf(error.status) >= 0) {
      finish(error)
      return
    }
    become('waiting')
    const wait = Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries)
    tries += 1
    later('retry', wait / 2 + (Math.random() * wait) / 2, connect)
  }

  function drop(): void {
    Object.keys(timers).forEach(cancel)
    const old = [socket, next]
    socket = next = undefined
    for (const one of old) if (one) one.close()
  }

  function finish(error?: ApiError): void {
    drop()
    turn += 1
    stopWaking()
    become('closed', error)
  }

  function isClosed(): boolean {
    return state === 'closed'
  }

  function take(text: string): void {
    let message: LiveMessage
    try {
      message = JSON.parse(text)
    } catch {
      return
    }
    if (message.type === 'snapshot') {
      epoch = message.epoch
      board = { sitting: message.sitting, counts: message.counts, quorum: message.quorum, delegations: message.delegations, recent: message.recent }
    } else if (message.type === 'update' && board) {
      if (message.seq <= seq) return
      if (message.seq > seq + 1) return void connect() // Something is missing: the server sends it again.
      board = apply(board, message)
    } else {
      return // A kind of a newer server.
    }
    seq = message.seq
    if (options.onMessage) options.onMessage(message)
    if (options.onBoard) options.onBoard(board)
  }

  if (options.onState) options.onState(state)
  void connect()
  return {
    get state() { return state },
    get board() { return board },
    close: () => finish(),
  }
}

function apply(board: LiveBoard, update: LiveUpdate): LiveBoard {
  const arrived = (entry: { entry_id: string }) => update.arrivals.some((one) => one.entry_id === entry.entry_id)
  const changed = (id: string) => update.delegations.filter((one) => one.id === id)[0]
  const known = (id: string) => board.delegations.some((one) => one.id === id)
  return {
    sitting: Object.assign({}, board.sitting, { state: update.state }),
    counts: update.counts,
    quorum: update.quorum,
    delegations: board.delegations.map((one) => changed(one.id) || one).concat(update.delegations.filter((one) => !known(one.id))),
    recent: update.arrivals.concat(board.recent.filter((one) => !arrived(one))).slice(0, SHOWN_ARRIVALS),
  }
}
