// Days and times as people read them, always Beijing time: a sitting has one place.

import { settings } from './settings'

const BEIJING_MS = 8 * 3600_000
const DAYS = { 'zh-CN': ['日', '一', '二', '三', '四', '五', '六'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] }
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const two = (number: number) => String(number).padStart(2, '0')

function beijing(value: string | number | null | undefined): Date | null {
  if (value === null || value === undefined) return null
  const at = typeof value === 'number' ? value : Date.parse(value)
  return Number.isNaN(at) ? null : new Date(at + BEIJING_MS)
}

export function clockTime(value: string | number | null | undefined, seconds = false): string {
  const at = beijing(value)
  return at ? `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}${seconds ? ':' + two(at.getUTCSeconds()) : ''}` : ''
}

export function dayText(value: string | number | null | undefined, year = false): string {
  const at = beijing(value)
  if (!at) return ''
  const day = at.getUTCDate()
  if (settings.language === 'en') return `${DAYS.en[at.getUTCDay()]} ${day} ${MONTHS[at.getUTCMonth()]}${year ? ' ' + at.getUTCFullYear() : ''}`
  return `${year ? at.getUTCFullYear() + '年' : ''}${at.getUTCMonth() + 1}月${day}日 星期${DAYS['zh-CN'][at.getUTCDay()]}`
}

export function shortTime(value: string | number | null | undefined): string {
  const at = beijing(value)
  if (!at) return ''
  const day = settings.language === 'en' ? `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}` : `${at.getUTCMonth() + 1}月${at.getUTCDate()}日`
  return `${day} ${clockTime(value)}`
}

export function dayTime(value: string | number | null | undefined, year = false): string {
  return value ? `${dayText(value, year)} ${clockTime(value)}` : ''
}

/** From one time to another on the same day: `3月2日 星期一 09:00–11:30`. */
export function span(from: string, to: string): string {
  return `${dayText(from)} ${clockTime(from)}\u2060–\u2060${clockTime(to)}`
}

export function minutesLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
}
