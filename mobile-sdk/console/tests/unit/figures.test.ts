// Shares of attendance, and the table of roles, which must be the server's.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allows, TABLE } from '../../src/app/rights'
import { byDelegation, bySitting, rate, running, whole } from '../../src/pages/attendance/figures'
import { applied } from '../../src/pages/sitting/board'
import { percent } from '../../src/screen/percent'

const line = (delegation: string | null, present: number, late: number, on_leave: number, absent: number) => ({
  representative_id: null, name: 'x', delegation, sittings: present + late + on_leave + absent, present, late, on_leave, absent, half_days: 1, half_days_attended: 1, state: 'present' as const
})

describe('shares', () => {
  const shares = byDelegation([line('甲', 1, 1, 0, 0), line(null, 0, 0, 1, 1), line('甲', 2, 0, 0, 0)], '未编团')
  it('add up by delegation', () => {
    expect(shares).toEqual([{ name: '甲', present: 3, late: 1, on_leave: 0, absent: 0, expected: 4 }, { name: '未编团', present: 0, late: 0, on_leave: 1, absent: 1, expected: 2 }])
    expect(whole(shares)).toMatchObject({ present: 3, late: 1, on_leave: 1, absent: 1, expected: 6 })
  })
  it('never say 100 before the last one is there', () => {
    expect(rate({ present: 9999, late: 0, on_leave: 0, absent: 1 })).toBe(99.9)
    expect(rate({ present: 9999, late: 1, on_leave: 0, absent: 0 })).toBe(100)
    expect(rate({ present: 0, late: 0, on_leave: 0, absent: 0 })).toBe(0)
    expect(percent(1999, 2000)).toBe('99.9')
    expect(percent(2000, 2000)).toBe('100')
  })
  it('tell an open sitting from a closed one', () => {
    const [closed, open] = bySitting({ items: [], sittings: [
      { id: '1', title: 'a', date: '2026-01-01', half_day: 'morning', voting_total: 10, voting_signed: 7, late: 2, on_leave: 1, absent: 2 },
      { id: '2', title: 'b', date: '2026-01-02', half_day: 'morning', voting_total: 10, voting_signed: 4, late: 0, on_leave: 1, absent: 0 }
    ] })
    expect(closed).toMatchObject({ present: 5, late: 2, expected: 10 })
    expect([running(closed!), running(open!)]).toEqual([false, true])
  })
})

describe('the living list', () => {
  const seat = (entry_id: string) => ({ entry_id, name: 'x', name_pinyin: 'x x', class: 'voting' as const, state: 'expected' as const, in_room: false, on_leave: false, open_flags: 0 })
  const arrival = { entry_id: 'a', name: 'x', delegation_id: null, delegation: null, seat_label: null, class: 'voting' as const, at: '2026-01-01T00:00:00Z', state: 'late' as const }
  it('takes arrivals and departures in and leaves the others as they are', () => {
    const before = [seat('a'), { ...seat('b'), in_room: true }, seat('c')]
    const after = applied(before, [arrival], [{ entry_id: 'b' }])
    expect(after[0]).toMatchObject({ state: 'late', at: arrival.at, in_room: true })
    expect(after[1]).toMatchObject({ in_room: false })
    expect(after[2]).toBe(before[2])
  })
})

describe('rights', () => {
  it('are those of the table in ARCHITECTURE.md', () => {
    const text = readFileSync(new URL('../../../../ARCHITECTURE.md', import.meta.url), 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+)` \| ([a-z, ]+) \|/gm)].map((row) => [row[1]!, row[2]!.split(', ')])
    expect(rows.length).toBeGreaterThan(5)
    expect(Object.fromEntries(rows)).toEqual(TABLE)
  })
  it('need a role', () => {
    expect(allows([], 'ViewMeetings')).toBe(false)
    expect(allows(['clerk'], 'RunMeetings')).toBe(true)
    expect(allows(['clerk'], 'ManageStaff')).toBe(false)
    expect(allows(['clerk', 'admin'], 'ManageStaff')).toBe(true)
  })
})
