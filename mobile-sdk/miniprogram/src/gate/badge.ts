// The colour of an outcome in a list.

const GOOD = ['accepted', 'duplicate']
const WARN = ['late', 'on_leave']

export function badgeOf(outcome: string): string {
  return GOOD.includes(outcome) ? 'good' : WARN.includes(outcome) ? 'warn' : 'bad'
}
