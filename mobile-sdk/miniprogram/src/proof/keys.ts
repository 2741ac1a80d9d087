// Ed25519 in plain JavaScript, because mini-programs lack WebCrypto: make a key, sign, check.

import { ed25519 } from '@noble/curves/ed25519.js'
import { fromBase64url, toBase64url } from './bytes'

/** The public half of a secret of 32 bytes, in base64url. */
export function publicKey(secret: Uint8Array): string {
  return toBase64url(ed25519.getPublicKey(secret))
}

export function sign(message: Uint8Array, secret: Uint8Array): Uint8Array {
  return ed25519.sign(message, secret)
}

/** Strict as the server is: no leniency towards keys and signatures that fit many messages. */
export function signedBy(key: Uint8Array | string, message: Uint8Array, signature: Uint8Array): boolean {
  const bytes = typeof key === 'string' ? fromBase64url(key) : key
  if (!bytes || bytes.length !== 32 || signature.length !== 64) return false
  try {
    return ed25519.verify(signature, message, bytes, { zip215: false })
  } catch {
    return false
  }
}
