// The server's clock and the clock on the wall: a hall's computer may be minutes wrong.
import { isEnglish, t } from './words'

let ahead = 0

/** `asked` is when the request left; the answer is at most that old. */
export function setServerTime(text: string): void {
  const at = Date.parse(text)
  if (!Number.isNaN(at)) ahead = at - Date.now()
}

export const serverNow = (): number => Date.now() + ahead

/** Beijing time: a sitting has one place. */
const OFFSET_MS = 8 * 3600_000
const two = (n: number): string => String(n).padStart(2, '0')
const wall = (at: number | string): Date => new Date((typeof at === 'number' ? at : Date.parse(at)) + OFFSET_MS)

export function clockTime(at: number | string, seconds = false): string {
  const w = wall(at)
  return `${two(w.getUTCHours())}:${two(w.getUTCMinutes())}${seconds ? `:${two(w.getUTCSeconds())}` : ''}`
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export function dayText(at: number): string {
  const w = wall(at)
  const weekdays = isEnglish() ? t('weekdays').split(' ') : [...t('weekdays')]
  return t('day', { day: w.getUTCDate(), month: isEnglish() ? MONTHS[w.getUTCMonth()]! : w.getUTCMonth() + 1, weekday: weekdays[w.getUTCDay()]! })
}

/** 1:02:03 or 02:03 */
export function left(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return hours ? `${hours}:${rest}` : rest
}
