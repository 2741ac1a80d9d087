// Sums over a roll-up: shares that a chart shows, computed once and tested alone.
import type { RollUp, RollUpLine } from '../../app/types'

export interface Share { name: string; present: number; late: number; on_leave: number; absent: number; expected: number }

type Settled = Omit<Share, 'name' | 'expected'>

/** Of whom it is known what they did: in a sitting that is still open, whoever may yet come is left out. */
const settled = (share: Settled): number => share.present + share.late + share.on_leave + share.absent

/** Attended of those settled, in per cent with one digit; never 100 before the last one was there. */
export function rate(share: Settled): number {
  const of = settled(share)
  const attended = share.present + share.late
  if (!of) return 0
  return attended >= of ? 100 : Math.min(99.9, Math.round((attended / of) * 1000) / 10)
}

/** True while somebody's attendance of the sitting is still open. Suspended seats are expected of nobody. */
export function running(sitting: Share, suspended = 0): boolean {
  return settled(sitting) + suspended < sitting.expected && sitting.absent === 0
}

/** Person-sittings by delegation, in the order in which delegations come. */
export function byDelegation(lines: readonly RollUpLine[], without: string): Share[] {
  const shares = new Map<string, Share>()
  for (const line of lines) {
    const name = line.delegation ?? without
    const share = shares.get(name) ?? { name, present: 0, late: 0, on_leave: 0, absent: 0, expected: 0 }
    share.present += line.present
    share.late += line.late
    share.on_leave += line.on_leave
    share.absent += line.absent
    share.expected += line.sittings
    shares.set(name, share)
  }
  return [...shares.values()]
}

/** The same for each sitting; those who signed in late are part of `voting_signed`. */
export function bySitting(roll: RollUp): (Share & { id: string; date: string })[] {
  return roll.sittings.map((one) => ({
    id: one.id, date: one.date, name: one.title,
    present: one.voting_signed - one.late, late: one.late, on_leave: one.on_leave, absent: one.absent, expected: one.voting_total
  }))
}

export function whole(shares: readonly Share[]): Share {
  return shares.reduce((sum, one) => ({
    name: '', present: sum.present + one.present, late: sum.late + one.late, on_leave: sum.on_leave + one.on_leave, absent: sum.absent + one.absent, expected: sum.expected + one.expected
  }), { name: '', present: 0, late: 0, on_leave: 0, absent: 0, expected: 0 })
}
