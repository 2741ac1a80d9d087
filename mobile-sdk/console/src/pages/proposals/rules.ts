// Which steps of a proposal are offered: those the server names for the caller, joined into what a person decides at once.
import type { Schemas } from '@lvzhi/client'
import type { Action as Right } from '../../app/rights'

export type Proposal = Schemas['ProposalView']
export type Detail = Schemas['ProposalDetail']
export type Part = Schemas['HandlingView']
export type Reply = Schemas['ReplyView']
export type ProposalRequest = Schemas['ProposalRequestView']
/** A date by which something is due; with an id, how it was reached can be asked for. */
export interface Due { id?: string; kind: string; due_on: string; provisional: boolean; light?: Schemas['Light'] | null | undefined }
export type MyDeadline = Schemas['MyDeadlineView']
export type ResultClass = Schemas['ResultClass']

/** What can be done to the whole, in the order of the flow. */
export type WholeDeed = 'register' | 'classify' | 'assign' | 'return' | 'merge' | 'key' | 'unkey' | 'visit'
/** What can be decided about one organisation's part. */
export type PartDeed = 'reassign' | 'extension' | 'review' | 'supervise'
export type Deed = WholeDeed | PartDeed

/** Drafts are their authors' own; a part that was handed on has no whole of that state. */
export const STATES: Schemas['State'][] = [
  'submitted', 'returned', 'registered', 'classified', 'assigned', 'reassign_asked', 'handling', 'committee_review', 'office_review',
  'replied', 'supervised', 'following', 'closing_committee', 'closing_office', 'closed', 'withdrawn', 'merged'
]
export const KINDS: Schemas['ProposalKind'][] = ['suggestion', 'criticism', 'comment', 'motion']
export const CLASSES: ResultClass[] = ['a', 'b', 'c', 'd']

type May = (right: Right) => boolean

export function wholeDeeds(one: Pick<Detail, 'actions' | 'is_key'>, may: May): WholeDeed[] {
  const can = (action: Schemas['Action']): boolean => one.actions.includes(action)
  const deeds: WholeDeed[] = (['register', 'classify', 'assign', 'return', 'merge'] as const).filter(can)
  if (can('set_key')) deeds.push(one.is_key ? 'unkey' : 'key')
  // The machine names it for supervisors too, the endpoint takes it from those who run proposals.
  if (can('visit') && may('RunProposals')) deeds.push('visit')
  return deeds
}

/** The open request of a part, if its handler asked for something. */
export function openRequest(requests: readonly ProposalRequest[], part: string, kind: Schemas['RequestKind']): ProposalRequest | undefined {
  return requests.find((one) => one.handling_id === part && one.kind === kind && one.state === 'open')
}

export function partDeeds(part: Pick<Part, 'id' | 'actions'>, requests: readonly ProposalRequest[], may: May): PartDeed[] {
  const can = (...actions: Schemas['Action'][]): boolean => actions.some((action) => part.actions.includes(action))
  const deeds: PartDeed[] = []
  if (can('reassign') && openRequest(requests, part.id, 'reassignment')) deeds.push('reassign')
  // More time can be granted at any moment of the handling, but only to those who asked.
  if (can('extend') && openRequest(requests, part.id, 'extension')) deeds.push('extension')
  if (can('committee_pass', 'office_pass') && may('ReviewReplies')) deeds.push('review')
  if (can('supervise_again', 'supervise_close', 'supervise_follow')) deeds.push('supervise')
  return deeds
}

/** Lists of deadlines have words of their own for the light, which the contract hides under the same name. */
const LIGHTS: Record<string, Schemas['Light']> = { late: 'red', due_soon: 'yellow', running: 'green' }

/** What is due of a part: its organisation's next step, and what the caller has to do about it. */
export function dues(part: Pick<Part, 'id' | 'due_on' | 'due_kind' | 'due_provisional' | 'light'>, mine: readonly MyDeadline[]): Due[] {
  // The detail names no deadlines; the caller's own list does, for those of which the caller is reminded.
  const own = mine.filter((one) => one.subject_id === part.id).map((one) => ({ ...one, light: LIGHTS[one.light] ?? one.light }))
  const next: Due[] = part.due_on && part.due_kind && !own.some((one) => one.kind === part.due_kind) ? [{ kind: part.due_kind, due_on: part.due_on, provisional: part.due_provisional, light: part.light }] : []
  return [...own, ...next]
}

/** The classes a reviewer may put in place of the handler's: B only with a promise, an outcome only A or C. */
export function reviewClasses(reply: Pick<Reply, 'purpose' | 'commitment' | 'commitment_due_on'>): ResultClass[] {
  if (reply.purpose === 'outcome') return ['a', 'c']
  return CLASSES.filter((one) => one !== 'b' || Boolean(reply.commitment && reply.commitment_due_on))
}
