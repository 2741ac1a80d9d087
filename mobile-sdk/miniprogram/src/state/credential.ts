// The phone's own key and the credential the server gave it, with which it makes codes for the gate even without a network.

import type { Schemas } from '@lvzhi/client'
import { read, write } from '../platform/store'
import { randomBytes } from '../platform/random'
import { fromBase64url, toBase64url } from '../proof/bytes'
import { publicKey } from '../proof/keys'
import { client, person } from './client'
import { learnServerTime, serverNow } from './clock'

export interface Credential {
  accountId: string
  representativeId: string
  /** The phone's secret, base64url; it never leaves the phone. */
  secret: string
  credential: string
  id: string
  validUntil: string
}

/** A credential is renewed when less than this is left of it, if there is a network. */
const RENEW_MS = 60 * 60_000

export function secretOf(one: Credential): Uint8Array {
  return fromBase64url(one.secret) as Uint8Array
}

/** The credential on this phone for this seat, while it lasts. */
export function heldCredential(representativeId: string): Credential | null {
  const held = read<Credential>('credential')
  return held && held.accountId === person.accountId && held.representativeId === representativeId && Date.parse(held.validUntil) > serverNow() ? held : null
}

export function mustRenew(held: Credential | null): boolean {
  return !held || Date.parse(held.validUntil) - serverNow() < RENEW_MS
}

/** False in `kept` when the phone had no room: the code works until the app is closed. */
export async function newCredential(representativeId: string): Promise<{ credential: Credential; kept: boolean }> {
  const secret = await randomBytes(32)
  const sentAt = Date.now()
  const issued: Schemas['CredentialIssued'] = await client.credential_create({ body: { representative_id: representativeId, device_key: publicKey(secret) } })
  learnServerTime(issued.server_time, sentAt)
  const credential: Credential = { accountId: person.accountId, representativeId, secret: toBase64url(secret), credential: issued.credential, id: issued.id, validUntil: issued.valid_until }
  return { credential, kept: write('credential', credential) }
}
