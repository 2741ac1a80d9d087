// What is offered on a proposal: what the server names, and of it only what the caller's role and the open requests allow.
import { describe, expect, it } from 'vitest'
import { allows, type Action as Right, type Role } from '../../src/app/rights'
import { dues, openRequest, partDeeds, reviewClasses, wholeDeeds, type Detail, type MyDeadline, type Part, type ProposalRequest } from '../../src/pages/proposals/rules'

const as = (...roles: Role[]) => (right: Right): boolean => allows(roles, right)
const whole = (actions: Detail['actions'], is_key = false): Pick<Detail, 'actions' | 'is_key'> => ({ actions, is_key })
const part = (...actions: Part['actions']): Pick<Part, 'id' | 'actions'> => ({ id: 'p', actions })
const asked = (kind: ProposalRequest['kind'], state: ProposalRequest['state'] = 'open', handling_id = 'p'): ProposalRequest => ({ id: 'r', proposal_id: 'w', handling_id, kind, state, reason: '…', asked_at: '2026-01-01T00:00:00Z' })

describe('the whole', () => {
  it('offers nothing that the server does not name', () => { expect(wholeDeeds(whole([]), as('admin'))).toEqual([]) })
  it('puts the steps in the order of the flow', () => { expect(wholeDeeds(whole(['merge', 'return', 'register']), as('clerk'))).toEqual(['register', 'return', 'merge']) })
  it('turns key into no longer key', () => {
    expect(wholeDeeds(whole(['set_key']), as('clerk'))).toEqual(['key'])
    expect(wholeDeeds(whole(['set_key'], true), as('clerk'))).toEqual(['unkey'])
  })
  it('leaves visits to those who run proposals', () => {
    expect(wholeDeeds(whole(['visit']), as('liaison'))).toEqual(['visit'])
    expect(wholeDeeds(whole(['visit']), as('supervisor'))).toEqual([])
  })
})

describe('a part', () => {
  it('lets requests be decided that were made, of this part, and are open', () => {
    expect(partDeeds(part('extend', 'extend_refuse'), [], as('clerk'))).toEqual([])
    expect(partDeeds(part('extend', 'extend_refuse'), [asked('extension')], as('clerk'))).toEqual(['extension'])
    expect(partDeeds(part('extend', 'extend_refuse'), [asked('extension', 'refused')], as('clerk'))).toEqual([])
    expect(partDeeds(part('extend', 'extend_refuse'), [asked('extension', 'open', 'another')], as('clerk'))).toEqual([])
    expect(partDeeds(part('reassign', 'reassign_refuse'), [asked('reassignment')], as('liaison'))).toEqual(['reassign'])
    expect(openRequest([asked('extension')], 'p', 'reassignment')).toBeUndefined()
  })
  it('lets those review who may', () => {
    expect(partDeeds(part('office_pass', 'office_return'), [], as('liaison'))).toEqual(['review'])
    expect(partDeeds(part('office_pass', 'office_return'), [], as('clerk'))).toEqual([])
    expect(partDeeds(part('committee_pass', 'committee_return'), [], as('supervisor'))).toEqual(['review'])
  })
  it('lets supervisors decide', () => { expect(partDeeds(part('supervise_again', 'supervise_close', 'supervise_follow'), [], as('supervisor'))).toEqual(['supervise']) })
})

describe('what is due', () => {
  const of = { id: 'p', due_on: '2026-03-16', due_kind: 'reply', due_provisional: false, light: 'green' } as const
  const mine = (change: Record<string, unknown>): MyDeadline => ({ id: 'd', congress_id: 'c', kind: 'reassign', name: '改办决定', subject_kind: 'proposal_handling', subject_id: 'p', title: '', part: 'handler', due_on: '2026-01-20', provisional: false, light: 'red', days_left: 3, ...change }) as MyDeadline
  it('is the unit\'s next step', () => { expect(dues(of, [])).toEqual([{ kind: 'reply', due_on: '2026-03-16', provisional: false, light: 'green' }]) })
  it('is nothing when nothing is', () => { expect(dues({ ...of, due_on: null, due_kind: null }, [mine({ subject_id: 'another' })])).toEqual([]) })
  it('has the caller\'s own deadlines in front, each kind once', () => {
    expect(dues(of, [mine({}), mine({ subject_id: 'another' })]).map((one) => [one.id, one.kind])).toEqual([['d', 'reassign'], [undefined, 'reply']])
    expect(dues(of, [mine({ kind: 'reply' })]).map((one) => [one.id, one.kind])).toEqual([['d', 'reply']])
  })
  it.each([['late', 'red'], ['due_soon', 'yellow'], ['running', 'green'], ['red', 'red']])('shows %s as %s', (light, shown) => { expect(dues(of, [mine({ light })])[0]?.light).toBe(shown) })
})

describe('classes of a review', () => {
  it('knows B only with a promise and its day', () => {
    expect(reviewClasses({ purpose: 'answer' })).toEqual(['a', 'c', 'd'])
    expect(reviewClasses({ purpose: 'answer', commitment: '建成', commitment_due_on: null })).toEqual(['a', 'c', 'd'])
    expect(reviewClasses({ purpose: 'answer', commitment: '建成', commitment_due_on: '2026-12-31' })).toEqual(['a', 'b', 'c', 'd'])
  })
  it('settles a promise with A or C', () => { expect(reviewClasses({ purpose: 'outcome', commitment: null })).toEqual(['a', 'c']) })
})
