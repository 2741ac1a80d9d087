// One scan as a gate uploads it: numbered once, timed by the gate's own clock, signed with the gate's own key.

import { toBase64url, utf8 } from './bytes'
import { sign } from './keys'

export interface SignedEvent {
  seq: number
  scanned_at_ms: number
  clock_offset_ms: number
  code: string
  signature: string
}

export function signEvent(gateId: string, sittingId: string, secret: Uint8Array, event: Omit<SignedEvent, 'signature'>): SignedEvent {
  const text = `lvzhi-gate-event-v1\n${gateId}\n${event.seq}\n${sittingId}\n${event.scanned_at_ms}\n${event.clock_offset_ms}\n${event.code}`
  return { ...event, signature: toBase64url(sign(utf8(text), secret)) }
}
