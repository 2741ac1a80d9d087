// The signed roster that a gate takes along, believed only after its signature was checked.

import { fromBase64url, utf8 } from './bytes'
import { signedBy } from './keys'

export interface ServerKey {
  kid: string
  key: string
}

export interface Entry {
  entry_id: string
  representative_id: string
  name: string
  seat_label: string | null
  class: string
  suspended: boolean
  on_leave: boolean
}

export interface Snapshot {
  type: string
  gate_id: string
  sitting: { id: string; title: string; place: string; state: string; starts_at: string; late_after: string; ends_at: string; opened_at: string | null; closed_at: string | null }
  server_time: string
  server_keys: ServerKey[]
  entries: Entry[]
  revoked_credentials: string[]
}

/** Null when it was not signed by one of `keys`, is no snapshot, or belongs to another gate. */
export function openSnapshot(signed: { payload: string; kid: string; signature: string }, keys: ServerKey[], gateId: string): Snapshot | null {
  const key = keys.find((one) => one.kid === signed.kid)
  const signature = fromBase64url(signed.signature)
  if (!key || !signature || !signedBy(key.key, utf8(signed.payload), signature)) return null
  try {
    const snapshot = JSON.parse(signed.payload) as Snapshot
    return snapshot.type === 'lvzhi-gate-snapshot-v1' && snapshot.gate_id === gateId ? snapshot : null
  } catch {
    return null
  }
}
