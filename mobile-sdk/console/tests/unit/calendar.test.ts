// Months are whole weeks, Monday first, and a meeting stands on each of its days.
import { describe, expect, it } from 'vitest'
import { addDays, addMonths, isMonth, lanes, weeks } from '../../src/app/calendar'

describe('weeks of a month', () => {
  it('begins with Monday and ends with Sunday', () => {
    for (let year = 2024; year <= 2030; year += 1) {
      for (let number = 1; number <= 12; number += 1) {
        const month = `${year}-${String(number).padStart(2, '0')}`
        const all = weeks(month).flat()
        expect(all.length % 7).toBe(0)
        expect(new Date(`${all[0]!.date}T00:00:00Z`).getUTCDay()).toBe(1)
        // No day is missing and none comes twice, also where clocks change elsewhere.
        all.slice(1).forEach((cell, n) => expect(cell.date).toBe(addDays(all[n]!.date, 1)))
        expect(all.filter((cell) => cell.inMonth).length).toBe(new Date(Date.UTC(year, number, 0)).getUTCDate())
        expect(weeks(month).every((week) => week.some((cell) => cell.inMonth))).toBe(true)
      }
    }
  })
})

describe('months', () => {
  it('are counted over the year', () => {
    expect(addMonths('2026-11', 2)).toBe('2027-01')
    expect(addMonths('2026-01', -1)).toBe('2025-12')
    expect(addMonths('2026-05', -17)).toBe('2024-12')
  })
  it('are told from nonsense', () => {
    expect(['2026-01', '2026-12'].every(isMonth)).toBe(true)
    expect(['', '2026-13', '2026-00', '2026-1', '2026-01-01'].some(isMonth)).toBe(false)
  })
})

describe('lanes', () => {
  const week = weeks('2026-11').find((one) => one[0]!.date === '2026-11-23')!
  const meeting = (name: string, starts_on: string, ends_on: string) => ({ name, starts_on, ends_on })
  const shown = (things: { name: string; starts_on: string; ends_on: string }[]) => lanes(things, week).map((day) => day.map((one) => one?.name ?? '-').join(''))
  it('hold a meeting from its first day to its last', () => {
    expect(shown([meeting('a', '2026-11-24', '2026-11-26')])).toEqual(['', 'a', 'a', 'a', '', '', ''])
    expect(shown([meeting('a', '2026-11-20', '2026-12-02')])).toEqual(['a', 'a', 'a', 'a', 'a', 'a', 'a'])
    expect(shown([meeting('a', '2026-11-01', '2026-11-22'), meeting('b', '2026-11-30', '2026-11-30')])).toEqual(['', '', '', '', '', '', ''])
  })
  it('keep each meeting on one height, whatever comes between', () => {
    expect(shown([meeting('b', '2026-11-25', '2026-11-26'), meeting('a', '2026-11-24', '2026-11-28'), meeting('c', '2026-11-27', '2026-11-27')]))
      .toEqual(['', 'a', 'ab', 'ab', 'ac', 'a', ''])
    expect(shown([meeting('a', '2026-11-23', '2026-11-24'), meeting('b', '2026-11-24', '2026-11-26')])).toEqual(['a', 'ab', '-b', '-b', '', '', ''])
  })
})
