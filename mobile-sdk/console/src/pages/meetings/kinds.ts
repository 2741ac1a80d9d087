// The closed sets that meetings and sittings choose from, in the order in which offices think of them.
import type { MeetingKind, QuorumRule } from '../../app/types'

export const KINDS: MeetingKind[] = ['congress_session', 'standing_committee', 'delegation_meeting', 'group_activity', 'training', 'inspection', 'reception_day', 'hearing']
export const QUORUM_RULES: QuorumRule[] = ['two_thirds', 'majority', 'none']
