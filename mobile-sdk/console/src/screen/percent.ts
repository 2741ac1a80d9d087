// The rate of attendance as the hall screen shows it.

/** Never "100" before the last one is here. */
export function percent(part: number, whole: number): string {
  if (!whole) return '0'
  if (part >= whole) return '100'
  return Math.min(99.9, Math.round((part / whole) * 1000) / 10).toFixed(1)
}
