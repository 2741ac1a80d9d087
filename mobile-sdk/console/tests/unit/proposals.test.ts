// What is offered on a proposal: what the server names, and of it only what the caller's role and the open requests allow.
import { describe, expect, it } from 'vitest'
import { allows, type Action as Right, type Role } from '../../src/app/rights'
import { openRequest, partDeeds, reviewClasses, wholeDeeds, type Detail, type Part, type ProposalRequest } from '../../src/pages/proposals/rules'

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

describe('classes of a review', () => {
  it('knows B only with a promise and its day', () => {
    expect(reviewClasses({ purpose: 'answer' })).toEqual(['a', 'c', 'd'])
    expect(reviewClasses({ purpose: 'answer', commitment: '建成', commitment_due_on: null })).toEqual(['a', 'c', 'd'])
    expect(reviewClasses({ purpose: 'answer', commitment: '建成', commitment_due_on: '2026-12-31' })).toEqual(['a', 'b', 'c', 'd'])
  })
  it('settles a promise with A or C', () => { expect(reviewClasses({ purpose: 'outcome', commitment: null })).toEqual(['a', 'c']) })
})
