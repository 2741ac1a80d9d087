// Names of the contract's bodies that the desks of handlers and supervisors use, and what several of their pages ask.
import type { Schemas } from '@lvzhi/client'

export type InboxItem = Schemas['InboxItem']
export type Proposal = Schemas['ProposalDetail']
export type Handling = Schemas['HandlingView']
export type Consultation = Schemas['ConsultationView']
export type Reply = Schemas['ReplyView']
export type Commitment = Schemas['CommitmentView']
export type ReplyTemplate = Schemas['ReplyTemplateView']
export type ResultClass = Schemas['ResultClass']
export type State = Schemas['State']
export type Light = Schemas['Light']
export type Action = Schemas['Action']

export const CLASSES: ResultClass[] = ['a', 'b', 'c', 'd']

/** A page of the desk about one part of a proposal. */
export const partPath = (proposalId: string, handlingId: string): string => `/desk/${proposalId}/${handlingId}`
