// What a gate makes of a scanned code without a network: who it is, and whether to let them in.

import { STEP_S, parseCode, stepAt, type Code } from './code'
import { signedBy } from './keys'
import type { Entry, Snapshot } from './snapshot'

/** A code is taken this many steps early or late: scanning takes time, and clocks differ by seconds. */
const STEPS_OFF = 1

export type Refusal =
  | 'unreadable'
  | 'bad_credential'
  | 'credential_revoked'
  | 'credential_expired'
  | 'unknown_device'
  | 'proof_expired'
  | 'outside_sitting'
  | 'not_on_roster'
  | 'seat_suspended'

export type Verdict =
  | { ok: true; kind: 'accepted' | 'late' | 'on_leave' | 'duplicate'; entry: Entry; code: Code }
  | { ok: false; kind: Refusal; entry: Entry | null; code: Code | null }

/** `known` tells who has been let in here before; `atMs` is the server's time. */
export function judge(text: string, snapshot: Snapshot, known: ReadonlySet<string>, atMs: number): Verdict {
  const code = parseCode(text)
  if (!code) return { ok: false, kind: 'unreadable', entry: null, code: null }
  if (!snapshot.server_keys.some((one) => signedBy(one.key, code.credentialMessage, code.credentialSignature))) return { ok: false, kind: 'bad_credential', entry: null, code }
  // Whose code it is is certain now, so that a refusal can be told to a person by name.
  const entry = snapshot.entries.find((one) => one.representative_id === code.representativeId) ?? null
  const refuse = (kind: Refusal): Verdict => ({ ok: false, kind, entry, code })
  if (snapshot.revoked_credentials.includes(code.credentialId)) return refuse('credential_revoked')
  const seconds = Math.floor(atMs / 1000)
  if (seconds < code.notBefore || seconds >= code.notAfter) return refuse('credential_expired')
  if (!signedBy(code.deviceKey, code.proofMessage, code.proofSignature)) return refuse('unknown_device')
  if (Math.abs(code.step - stepAt(atMs)) > STEPS_OFF) return refuse('proof_expired')
  if (!entry) return refuse('not_on_roster')
  // An opening after the snapshot was taken cannot be known here; a closing that is known counts.
  if (snapshot.sitting.closed_at && atMs > Date.parse(snapshot.sitting.closed_at)) return refuse('outside_sitting')
  if (entry.suspended) return refuse('seat_suspended')
  if (known.has(entry.entry_id)) return { ok: true, kind: 'duplicate', entry, code }
  if (entry.on_leave) return { ok: true, kind: 'on_leave', entry, code }
  return { ok: true, kind: atMs > Date.parse(snapshot.sitting.late_after) ? 'late' : 'accepted', entry, code }
}

/** Whether the same code was scanned a moment ago: a camera reads what it sees many times a second. */
export function isSameScan(text: string, last: { text: string; atMs: number } | null, atMs: number): boolean {
  return last !== null && last.text === text && atMs - last.atMs < STEP_S * 1000
}
