// Sorting and paging of lists that are held whole; the address holds the column and the page.

export interface SortBy { key: string; down: boolean }

/** `name` sorts up, `-name` down, nothing keeps the server's order. */
export function parseSort(text: string): SortBy | null {
  if (!text) return null
  return text.startsWith('-') ? { key: text.slice(1), down: true } : { key: text, down: false }
}

/** What a click on a heading leads to: up, down, and back to the server's order. */
export function nextSort(now: string, key: string): string {
  if (now === key) return `-${key}`
  return now === `-${key}` ? '' : key
}

const collator = new Intl.Collator('zh-CN-u-co-pinyin', { numeric: true })

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return collator.compare(String(a), String(b))
}

const isNothing = (value: unknown): boolean => value === null || value === undefined || value === ''

/** A sorted copy; equal rows keep their order, and rows without a value come last either way. */
export function sorted<T>(rows: readonly T[], sort: string, value: (row: T, key: string) => unknown): T[] {
  const by = parseSort(sort)
  if (!by) return [...rows]
  return rows
    .map((row, at) => ({ row, at, value: value(row, by.key) }))
    .sort((a, b) => {
      if (isNothing(a.value) || isNothing(b.value)) return Number(isNothing(a.value)) - Number(isNothing(b.value)) || a.at - b.at
      const order = compare(a.value, b.value)
      return (by.down ? -order : order) || a.at - b.at
    })
    .map((one) => one.row)
}

export const PAGE_SIZE = 20

export function pageCount(total: number, size = PAGE_SIZE): number {
  return Math.max(1, Math.ceil(total / size))
}

/** The rows of a page; a page behind the end is the last one. */
export function pageOf<T>(rows: readonly T[], page: number, size = PAGE_SIZE): T[] {
  const at = Math.min(Math.max(1, page), pageCount(rows.length, size)) - 1
  return rows.slice(at * size, (at + 1) * size)
}
