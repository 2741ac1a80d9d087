// Times read as the congress's clock on the wall does, and are sent as what they are in UTC.
import { afterEach, describe, expect, it } from 'vitest'
import { clock, day, dayClock, fromWall, setOffset, span } from '../../src/app/time'

afterEach(() => setOffset(480))

describe('in China', () => {
  it('reads a moment on the wall', () => {
    expect(dayClock('2026-03-02T16:30:00Z')).toBe('2026-03-03 00:30')
    expect(clock('2026-03-02T01:02:03.456789Z', true)).toBe('09:02:03')
    expect(day(null)).toBe('')
    expect(clock('nonsense')).toBe('')
  })
  it('sends what was typed', () => {
    expect(fromWall('2026-03-03 00:30')).toBe('2026-03-02T16:30:00.000Z')
    expect(fromWall('2026-02-30 09:00')).toBeNull()
    expect(fromWall('9:00')).toBeNull()
  })
  it('says the day once', () => {
    expect(span('2026-03-02T01:00:00Z', '2026-03-02T03:30:00Z')).toBe('2026-03-02 09:00–11:30')
    expect(span('2026-03-02T01:00:00Z', '2026-03-03T03:30:00Z')).toBe('2026-03-02 09:00 – 2026-03-03 11:30')
  })
})

it('follows the setting of the congress', () => {
  for (const offset of [-720, 0, 345, 480, 840]) {
    setOffset(offset)
    for (const text of ['2026-01-01 00:00', '2026-06-30 23:59', '2028-02-29 12:34']) expect(dayClock(fromWall(text))).toBe(text)
  }
})
