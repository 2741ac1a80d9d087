// This phone as a gate: enrolled once, with a signed roster on board; it judges codes offline and keeps what it saw until it is uploaded.

import { reactive } from 'vue'
import type { QueueOutcome, Schemas } from '@lvzhi/client'
import { forget, read, write } from '../platform/store'
import { randomBytes } from '../platform/random'
import { fromBase64url, toBase64url } from '../proof/bytes'
import { signEvent } from '../proof/event'
import { isSameScan, judge, type Verdict } from '../proof/judge'
import { publicKey } from '../proof/keys'
import { openSnapshot, type Snapshot } from '../proof/snapshot'
import { client, gateClient, gatePresence } from '../state/client'
import { clockOffset, learnServerTime, serverNow } from '../state/clock'
import { deviceName } from '../state/device'
import { gateIdentity, type GateIdentity } from '../state/gate-name'

/** A line of the log: one scan and what became of it. */
export interface Line {
  seq: number
  sittingId: string
  at: number
  /** What this phone said. */
  kind: string
  name: string
  seat: string
  /** What the server said; empty while it waits. */
  outcome: string
}

const LOG_LINES = 400

export const station = reactive({
  identity: gateIdentity(),
  snapshot: null as Snapshot | null,
  takenAt: '',
  letIn: [] as string[],
  log: read<Line[]>('gate_log') ?? [],
  pending: gateClient.queue.pending,
  syncing: false,
})

/** Thrown where the sentence of an error code would not tell what to do. */
export class StationError extends Error {
  constructor(readonly key: 'gate.unkept' | 'gate.bad_snapshot') {
    super(key)
  }
}

// ---- enrolment -----------------------------------------------------------------------------

/** Becomes the gate that the code was made for. */
export async function enrol(code: string): Promise<void> {
  const secret = await randomBytes(32)
  // Room is made sure of first: the code is good once only.
  if (!write('gate', { secret: 'x'.repeat(400) })) {
    forget('gate')
    throw new StationError('gate.unkept')
  }
  forget('gate')
  const enrolled = await gateClient.gate_enrol({ body: { enrol_code: code, public_key: publicKey(secret), device_id: gateClient.deviceId, device_name: deviceName() } })
  const identity: GateIdentity = {
    gateId: enrolled.gate_id,
    name: enrolled.name,
    congressId: enrolled.congress_id,
    congressName: enrolled.congress_name,
    serverKeys: enrolled.server_keys,
    secret: toBase64url(secret),
  }
  write('gate', identity)
  station.identity = identity
  gatePresence.revoked = false
  learnServerTime(enrolled.server_time)
}

/** Registers a gate with the staff member's own rights and becomes it at once. */
export async function enrolAsStaff(congressId: string, name: string): Promise<void> {
  const made = await client.gate_create({ id: congressId, body: { name } })
  await enrol(made.enrol_code)
}

/** Forgets the key, the roster and the log. What still waits is lost: the page asks first. */
export function retire(): void {
  for (const entry of gateClient.queue.entries()) gateClient.queue.discard(entry.id)
  for (const key of ['gate', 'gate_snapshot', 'gate_log']) forget(key)
  if (station.snapshot) forget('gate_in.' + station.snapshot.sitting.id)
  Object.assign(station, { identity: null, snapshot: null, takenAt: '', letIn: [], log: [], pending: 0 })
  gatePresence.revoked = false
  gateClient.session.clear()
}

// ---- roster --------------------------------------------------------------------------------

interface Kept {
  signed: Schemas['SignedSnapshot']
  takenAt: string
}

function board(snapshot: Snapshot, takenAt: string): void {
  station.snapshot = snapshot
  station.takenAt = takenAt
  station.letIn = read<string[]>('gate_in.' + snapshot.sitting.id) ?? []
}

/** Takes up what was on board before the app was closed. */
export function resume(): void {
  const kept = read<Kept>('gate_snapshot')
  const { identity } = station
  if (!identity || !kept || station.snapshot) return
  const snapshot = openSnapshot(kept.signed, identity.serverKeys, identity.gateId)
  if (snapshot) board(snapshot, kept.takenAt)
}

/** Fetches the roster of a sitting; nothing unsigned comes on board. */
export async function takeRoster(sittingId: string): Promise<void> {
  const identity = station.identity as GateIdentity
  const sentAt = Date.now()
  const signed = await gateClient.gate_snapshot_get({ id: sittingId })
  const snapshot = openSnapshot(signed, identity.serverKeys, identity.gateId)
  if (!snapshot) throw new StationError('gate.bad_snapshot')
  learnServerTime(snapshot.server_time, sentAt)
  // The server's keys rotate; the new ones are vouched for by the signature of a known one.
  const keys = [...snapshot.server_keys, ...identity.serverKeys.filter((old) => !snapshot.server_keys.some((one) => one.kid === old.kid))]
  station.identity = { ...identity, serverKeys: keys }
  write('gate', station.identity)
  if (!write('gate_snapshot', { signed, takenAt: snapshot.server_time } satisfies Kept)) throw new StationError('gate.unkept')
  board(snapshot, snapshot.server_time)
}

// ---- scanning ------------------------------------------------------------------------------

let last: { text: string; atMs: number } | null = null

/** Judges a code and keeps the scan. Null for what was read a moment ago. Throws a StorageError when there is no room. */
export function scan(text: string): Verdict | null {
  const { identity, snapshot } = station
  if (!identity || !snapshot) return null
  const scannedAt = Date.now()
  const at = serverNow()
  if (isSameScan(text, last, at)) return null
  const verdict = judge(text, snapshot, new Set(station.letIn), at)
  last = { text, atMs: at }
  // Foreign codes say nothing about anybody: they are shown and forgotten.
  if (!verdict.code) return verdict
  const seq = nextNumber(scannedAt)
  const event = signEvent(identity.gateId, snapshot.sitting.id, fromBase64url(identity.secret) as Uint8Array, {
    seq,
    scanned_at_ms: scannedAt,
    clock_offset_ms: clockOffset(),
    code: text,
  })
  try {
    gateClient.queue.enqueue({ kind: 'gate_event', sitting_id: snapshot.sitting.id, event })
  } catch (error) {
    last = null
    throw error
  }
  if (verdict.ok && !station.letIn.includes(verdict.entry.entry_id)) {
    station.letIn.push(verdict.entry.entry_id)
    write('gate_in.' + snapshot.sitting.id, station.letIn)
  }
  note({ seq, sittingId: snapshot.sitting.id, at, kind: verdict.kind, name: verdict.entry?.name ?? '', seat: verdict.entry?.seat_label ?? '', outcome: '' })
  return verdict
}

/** Numbers are never used twice, also not after the phone forgot everything: they grow with its clock. */
function nextNumber(now: number): number {
  const next = Math.max(now, (read<number>('gate_seq') ?? 0) + 1)
  write('gate_seq', next)
  return next
}

function note(line: Line): void {
  station.log.unshift(line)
  station.log.splice(LOG_LINES)
  write('gate_log', station.log)
}

// ---- upload --------------------------------------------------------------------------------

gateClient.queue.subscribe((outcome) => {
  if (outcome) settle(outcome)
  station.pending = Math.max(0, gateClient.queue.pending - (outcome ? 1 : 0))
})

function settle(outcome: QueueOutcome): void {
  if (outcome.entry.kind !== 'gate_event') return
  const { seq } = outcome.entry.event
  const line = station.log.find((one) => one.seq === seq)
  if (!line) return
  if (outcome.ok) {
    const answer = outcome.answer as Schemas['GateEventResult']
    line.outcome = answer.outcome
    line.name = answer.name ?? line.name
  } else line.outcome = outcome.error.code === 'not_found' ? 'outside_sitting' : 'malformed'
  write('gate_log', station.log)
}

/** Uploads what waits; answers what stopped it, if anything did. */
export async function sync(): Promise<unknown> {
  if (!station.identity || station.syncing) return undefined
  station.syncing = true
  try {
    return (await gateClient.queue.flush()).stopped
  } finally {
    station.syncing = false
    station.pending = gateClient.queue.pending
  }
}
