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
  ReadAudit: ['admin', 'supervisor'],
  ReadOutbox: ['admin', 'liaison']
} as const satisfies Record<string, readonly Role[]>

export type Action = keyof typeof TABLE

export function allows(roles: readonly string[], action: Action): boolean {
  return roles.some((role) => (TABLE[action] as readonly string[]).includes(role))
}
