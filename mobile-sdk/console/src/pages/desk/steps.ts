// What a proposal's own answer tells about the gates before a reply: the consultation, the opinions, the draft.
import type { Consultation, Handling, Proposal, Reply } from './types'

const talksOf = (proposal: Proposal, part: Handling): Consultation[] => proposal.consultations.filter((one) => one.handling_id === part.id && one.round === part.round && one.state !== 'cancelled')

/** The consultation of this round that counts: an offer takes the place of an earlier one. */
export function talkOf(proposal: Proposal, part: Handling): Consultation | null {
  return talksOf(proposal, part).at(-1) ?? null
}

/** Held, as at least one side has confirmed: no other is offered in this round. */
export function talkWasHeld(proposal: Proposal, part: Handling): boolean {
  return talksOf(proposal, part).some((one) => one.handler_confirmed_at != null || one.author_confirmed_at != null)
}

/** The handler writes the record once the time that was chosen is here. */
export function talkWaitsForNotes(talk: Consultation, now: number): boolean {
  return talk.state === 'chosen' && talk.handler_confirmed_at == null && talk.chosen_slot != null && Date.parse(talk.chosen_slot) <= now
}

export function draftOf(proposal: Proposal, part: Handling): Reply | null {
  return proposal.replies.find((one) => one.handling_id === part.id && one.state === 'draft') ?? null
}

export type Missing = 'consultation' | 'opinions' | 'draft' | 'contact' | 'commitment'

/** What stands between this part and the review of its reply. */
export function missingForReply(proposal: Proposal, part: Handling): Missing[] {
  const draft = draftOf(proposal, part)
  const missing: Missing[] = []
  if (!talksOf(proposal, part).some((one) => one.state === 'confirmed')) missing.push('consultation')
  if (proposal.handlings.some((one) => one.role === 'co' && one.ended_at == null && one.state !== 'opined')) missing.push('opinions')
  if (!draft || !draft.body.trim()) missing.push('draft')
  else {
    if (!draft.contact_name.trim() || !draft.contact_phone.trim()) missing.push('contact')
    if (draft.class === 'b' && (!draft.commitment?.trim() || !draft.commitment_due_on)) missing.push('commitment')
  }
  return missing
}
