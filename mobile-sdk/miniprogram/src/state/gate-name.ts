// Whether this phone is a gate, told without loading what a gate needs.

import { read } from '../platform/store'

export interface GateIdentity {
  gateId: string
  name: string
  congressId: string
  congressName: string
  serverKeys: { kid: string; key: string }[]
  /** The gate's own secret, base64url; it never leaves this phone. */
  secret: string
}

export function gateIdentity(): GateIdentity | null {
  return read<GateIdentity>('gate')
}

export function gateName(): string {
  return gateIdentity()?.name ?? ''
}
