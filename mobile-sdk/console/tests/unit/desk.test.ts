// What a proposal's answer tells about the way to its reply.
import { describe, expect, it } from 'vitest'
import { draftOf, missingForReply, talkOf, talkWaitsForNotes, talkWasHeld } from '../../src/pages/desk/steps'
import type { Consultation, Handling, Proposal, Reply } from '../../src/pages/desk/types'

const NOON = '2026-04-08T04:00:00.000000Z'
const part = (change: Partial<Handling> = {}): Handling => ({
  id: 'lead', organisation_id: 'o1', organisation: '市住建局', role: 'lead', state: 'handling', round: 1, extended: false, actions: ['submit_reply'], assigned_at: NOON, due_provisional: false, ...change
})
const talk = (change: Partial<Consultation> = {}): Consultation => ({ id: 'k1', handling_id: 'lead', round: 1, state: 'confirmed', place: '三楼', slots: [NOON], ...change })
const draft = (change: Partial<Reply> = {}): Reply => ({
  id: 'r1', handling_id: 'lead', round: 1, purpose: 'answer', state: 'draft', number: '17-6-建议-0286-复1', class: 'a', body: '现答复如下。', contact_name: '李工', contact_phone: '0571-8770 0000', opinions: [], ...change
})
const proposal = (change: Partial<Proposal>): Proposal => ({ handlings: [part()], consultations: [], replies: [], requests: [], commitments: [], ...change }) as unknown as Proposal

describe('what is missing before a reply is submitted', () => {
  it('is nothing when all is there', () => {
    expect(missingForReply(proposal({ consultations: [talk()], replies: [draft()] }), part())).toEqual([])
  })
  it('is everything in the beginning', () => {
    const co = part({ id: 'co', role: 'co' })
    expect(missingForReply(proposal({ handlings: [part(), co] }), part())).toEqual(['consultation', 'opinions', 'draft'])
  })
  it('asks for a consultation of this round, confirmed by both, of this part', () => {
    for (const other of [talk({ round: 1 }), talk({ round: 2, state: 'chosen' }), talk({ round: 2, handling_id: 'other' })]) {
      expect(missingForReply(proposal({ consultations: [other], replies: [draft({ round: 2 })] }), part({ round: 2 }))).toEqual(['consultation'])
    }
  })
  it('waits for no co-handler who gave the opinion or was released', () => {
    const handlings = [part(), part({ id: 'c1', role: 'co', state: 'opined' }), part({ id: 'c2', role: 'co', state: 'released', ended_at: NOON })]
    expect(missingForReply(proposal({ handlings, consultations: [talk()], replies: [draft()] }), part())).toEqual([])
  })
  it('names the contact and, for class B alone, the promise', () => {
    const lacks = (change: Partial<Reply>) => missingForReply(proposal({ consultations: [talk()], replies: [draft(change)] }), part())
    expect(lacks({ contact_phone: ' ' })).toEqual(['contact'])
    expect(lacks({ class: 'b', commitment: '新建 200 个充电位' })).toEqual(['commitment'])
    expect(lacks({ class: 'b', commitment: '新建 200 个充电位', commitment_due_on: '2026-12-31' })).toEqual([])
    expect(lacks({ class: 'c' })).toEqual([])
  })
})

describe('a consultation', () => {
  it('that counts is the last one not cancelled', () => {
    const consultations = [talk({ id: 'k1', state: 'cancelled' }), talk({ id: 'k2', state: 'offered' })]
    expect(talkOf(proposal({ consultations }), part())?.id).toBe('k2')
    expect(talkOf(proposal({ consultations: [talk({ state: 'cancelled' })] }), part())).toBeNull()
  })
  it('was held when one side says so', () => {
    expect(talkWasHeld(proposal({ consultations: [talk({ state: 'chosen', handler_confirmed_at: NOON })] }), part())).toBe(true)
    expect(talkWasHeld(proposal({ consultations: [talk({ state: 'chosen' })] }), part())).toBe(false)
  })
  it('gets its notes from the chosen moment on, once', () => {
    const at = Date.parse(NOON)
    const chosen = talk({ state: 'chosen', chosen_slot: NOON })
    expect(talkWaitsForNotes(chosen, at - 1)).toBe(false)
    expect(talkWaitsForNotes(chosen, at)).toBe(true)
    expect(talkWaitsForNotes({ ...chosen, handler_confirmed_at: NOON }, at)).toBe(false)
    expect(talkWaitsForNotes({ ...chosen, state: 'confirmed' }, at)).toBe(false)
  })
})

it('shows the draft of this part only', () => {
  const replies = [draft({ id: 'r1', state: 'issued' }), draft({ id: 'r2', handling_id: 'other' }), draft({ id: 'r3' })]
  expect(draftOf(proposal({ replies }), part())?.id).toBe('r3')
})
