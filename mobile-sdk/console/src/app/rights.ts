// Who may do what, as the server's one table has it: it decides only what is offered, the server decides what is done.

export type Role = 'admin' | 'clerk' | 'liaison' | 'supervisor' | 'handler'

export const TABLE = {
  ManageCongress: ['admin'],
  ManageStaff: ['admin'],
  ViewRepresentatives: ['admin', 'clerk', 'liaison', 'supervisor'],
  ManageRepresentatives: ['admin', 'liaison'],
  ViewMeetings: ['admin', 'clerk', 'liaison', 'supervisor'],
  RunMeetings: ['admin', 'clerk'],
  JudgeAttendance: ['admin', 'clerk', 'liaison'],
  DecideLeave: ['admin', 'liaison'],
  ManageGates: ['admin', 'clerk'],
  IssueCertificates: ['admin', 'clerk', 'liaison'],
  ViewProposals: ['admin', 'clerk', 'liaison', 'supervisor'],
  RunProposals: ['admin', 'clerk', 'liaison'],
  HandleProposals: ['handler'],
  ReviewReplies: ['liaison', 'supervisor'],
  SuperviseProposals: ['supervisor'],
  ReadAudit: ['admin', 'supervisor'],
  ViewDeadlines: ['admin', 'clerk', 'liaison', 'supervisor'],
  ReadOutbox: ['admin', 'liaison'],
  SettleMessages: ['admin', 'liaison']
} as const satisfies Record<string, readonly Role[]>

export type Action = keyof typeof TABLE

export function allows(roles: readonly string[], action: Action): boolean {
  return roles.some((role) => (TABLE[action] as readonly string[]).includes(role))
}
