// The server's time as this phone knows it: a phone's own clock may be minutes wrong.

import { read, write } from '../platform/store'

let offset = read<number>('clock_offset') ?? 0

/** Milliseconds that the server's clock is ahead of this phone's. */
export function clockOffset(): number {
  return offset
}

/** `sentAt` is this phone's time when the request left; half of the way is the answer's. */
export function learnServerTime(serverTime: string, sentAt = Date.now()): void {
  const at = Date.parse(serverTime)
  if (Number.isNaN(at)) return
  offset = Math.round(at - (sentAt + Date.now()) / 2)
  write('clock_offset', offset)
}

export function serverNow(): number {
  return Date.now() + offset
}
