// A representative's code: the server's credential and the phone's proof of the current step; how it is made and taken apart.

import { concat, fromBase64url, readUint32, toBase64url, uint32, utf8, uuid } from './bytes'
import { CODE_MARK, isCode } from './code-mark'
import { sign } from './keys'

/** Seconds of one step: a picture of a code is worthless after the next. */
export const STEP_S = 15
const LONGEST = 512
const BODY = 89
const CREDENTIAL = BODY + 64
const PROOF = 4 + 64
const CREDENTIAL_PURPOSE = utf8('lvzhi-credential-v1\0')
const PROOF_PURPOSE = utf8('lvzhi-proof-v1\0')

export interface Code {
  credentialId: string
  representativeId: string
  deviceKey: Uint8Array
  /** Seconds since 1970. */
  notBefore: number
  notAfter: number
  step: number
  /** What the server signed, and its signature. */
  credentialMessage: Uint8Array
  credentialSignature: Uint8Array
  /** What the phone signed, and its signature. */
  proofMessage: Uint8Array
  proofSignature: Uint8Array
}

export function stepAt(ms: number): number {
  return Math.floor(ms / 1000 / STEP_S)
}

function proofMessage(credential: Uint8Array, step: Uint8Array): Uint8Array {
  return concat(PROOF_PURPOSE, credential.slice(1, 17), step)
}

/** What a phone shows at the server's time `ms`. */
export function makeCode(credentialText: string, secret: Uint8Array, ms: number): string | null {
  const credential = fromBase64url(credentialText)
  if (!credential || credential.length !== CREDENTIAL) return null
  const step = uint32(stepAt(ms))
  const proof = concat(step, sign(proofMessage(credential, step), secret))
  return `${CODE_MARK}${credentialText}.${toBase64url(proof)}`
}

/** Null for any other text; nothing in the answer is proved yet. */
export function parseCode(text: string): Code | null {
  if (text.length > LONGEST || !isCode(text)) return null
  const [first, second, more] = text.slice(CODE_MARK.length).split('.')
  if (!first || !second || more !== undefined) return null
  const credential = fromBase64url(first)
  const proof = fromBase64url(second)
  if (!credential || credential.length !== CREDENTIAL || credential[0] !== 1 || !proof || proof.length !== PROOF) return null
  const body = credential.slice(0, BODY)
  return {
    credentialId: uuid(body, 1),
    representativeId: uuid(body, 17),
    deviceKey: body.slice(49, 81),
    notBefore: readUint32(body, 81),
    notAfter: readUint32(body, 85),
    step: readUint32(proof, 0),
    credentialMessage: concat(CREDENTIAL_PURPOSE, body),
    credentialSignature: credential.slice(BODY),
    proofMessage: proofMessage(credential, proof.slice(0, 4)),
    proofSignature: proof.slice(4),
  }
}
