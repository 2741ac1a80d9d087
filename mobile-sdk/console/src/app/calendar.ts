// Months as weeks of days, for the calendar of meetings; dates are plain YYYY-MM-DD texts without a zone.

const DAY = 86_400_000

const parse = (date: string): number => Date.parse(`${date}T00:00:00Z`)
const text = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** True for an existing month as YYYY-MM. */
export function isMonth(month: string): boolean {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(month)
}

export function addDays(date: string, days: number): string {
  return text(parse(date) + days * DAY)
}

export function addMonths(month: string, count: number): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  const at = year * 12 + number - 1 + count
  return `${String(Math.floor(at / 12)).padStart(4, '0')}-${String((at % 12) + 1).padStart(2, '0')}`
}

export interface Cell { date: string; inMonth: boolean }

/** The weeks that a month touches, Monday first, each with seven days. */
export function weeks(month: string): Cell[][] {
  const first = parse(`${month}-01`)
  const next = parse(`${addMonths(month, 1)}-01`)
  const start = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY
  const all: Cell[][] = []
  for (let at = start; at < next; at += 7 * DAY) {
    all.push(Array.from({ length: 7 }, (_, n) => {
      const date = text(at + n * DAY)
      return { date, inMonth: date.startsWith(month) }
    }))
  }
  return all
}

/** A thing that lasts from one day to another, both included. */
export interface Lasting { starts_on: string; ends_on: string }

/**
 * Puts things that last into the lanes of a week, so that each is one straight bar over its days: for every day the things
 * by lane, with gaps where a lane is free.
 */
export function lanes<T extends Lasting>(things: T[], week: Cell[]): (T | null)[][] {
  const days: (T | null)[][] = week.map(() => [])
  const inWeek = things
    .filter((one) => one.starts_on <= week.at(-1)!.date && one.ends_on >= week[0]!.date)
    .sort((a, b) => a.starts_on.localeCompare(b.starts_on) || b.ends_on.localeCompare(a.ends_on))
  for (const one of inWeek) {
    const on = week.flatMap((cell, n) => (one.starts_on <= cell.date && cell.date <= one.ends_on ? [n] : []))
    let lane = 0
    while (on.some((n) => days[n]![lane])) lane += 1
    for (const n of on) {
      while (days[n]!.length < lane) days[n]!.push(null)
      days[n]![lane] = one
    }
  }
  return days
}
