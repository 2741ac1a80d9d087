// Times as the clock on the congress's wall shows them, whatever zone this computer is set to.

/** Minutes east of UTC; the congress's setting, China's until it is known. */
let offset = 480

export function setOffset(minutes: number): void {
  offset = minutes
}

const two = (n: number): string => String(n).padStart(2, '0')

/** A date whose UTC fields read as the wall clock does. */
function wall(at: string | number): Date | null {
  const ms = typeof at === 'number' ? at : Date.parse(at)
  return Number.isNaN(ms) ? null : new Date(ms + offset * 60_000)
}

/** 2026-03-02 */
export function day(at: string | number | null | undefined): string {
  const w = at == null ? null : wall(at)
  return w ? `${w.getUTCFullYear()}-${two(w.getUTCMonth() + 1)}-${two(w.getUTCDate())}` : ''
}

/** 09:00 or 09:00:30 */
export function clock(at: string | number | null | undefined, seconds = false): string {
  const w = at == null ? null : wall(at)
  return w ? `${two(w.getUTCHours())}:${two(w.getUTCMinutes())}${seconds ? `:${two(w.getUTCSeconds())}` : ''}` : ''
}

/** 2026-03-02 09:00 */
export function dayClock(at: string | number | null | undefined, seconds = false): string {
  return at == null ? '' : `${day(at)} ${clock(at, seconds)}`.trim()
}

/** From 2026-03-02 09:00 on the wall to the moment in UTC, as the API takes it; null when it is no date. */
export function fromWall(text: string): string | null {
  const m = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text)
  if (!m) return null
  const [y, mo, d, h, mi, s] = m.slice(1).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  const ms = Date.UTC(y, mo - 1, d, h, mi, s)
  return new Date(ms).getUTCDate() === d ? new Date(ms - offset * 60_000).toISOString() : null
}

/** A sitting's time in one line: the day is said once. */
export function span(from: string, to: string): string {
  return day(from) === day(to) ? `${day(from)} ${clock(from)}–${clock(to)}` : `${dayClock(from)} – ${dayClock(to)}`
}

/** Days from one date to another as one line. */
export function days(from: string, to: string): string {
  return from === to ? from : `${from} – ${to}`
}

export function today(now = Date.now()): string {
  return day(now)
}
