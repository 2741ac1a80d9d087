// The actions and subjects that the audit can be filtered by; the words for them stand in the dictionaries.

export const ACTIONS = [
  'auth.log_in', 'auth.log_out', 'auth.lock', 'auth.refresh_reused', 'auth.bind_wechat', 'account.change_password', 'account.confirm_second_factor', 'session.revoke',
  'staff.create', 'staff.update', 'staff.reset',
  'congress.create', 'congress.update', 'term.create', 'congress_session.create', 'body.create', 'body.members', 'unit.create', 'unit.update', 'organisation.create',
  'representative.create', 'representative.update', 'representative.import', 'representative.export', 'representative.suspend', 'representative.resume', 'representative.end',
  'meeting.create', 'meeting.update', 'meeting.cancel', 'sitting.create', 'sitting.update', 'sitting.open', 'sitting.close', 'roster.update', 'roster_entry.create', 'roster_entry.delete',
  'check_in.by_clerk', 'attendance.check_out', 'attendance.return', 'attendance.void', 'flag.decide', 'screen.create',
  'leave_request.create', 'leave_request.approve', 'leave_request.refuse', 'leave_request.withdraw',
  'gate.create', 'gate.enrol', 'gate.revoke', 'gate_events.upload', 'credential.issue', 'credential.revoke',
  'certificate.issue', 'certificate.revoke', 'demo.load'
] as const

export const SUBJECTS = ['account', 'congress', 'term', 'congress_session', 'body', 'unit', 'organisation', 'representative', 'meeting', 'sitting', 'roster_entry', 'flag', 'leave_request', 'gate', 'credential', 'certificate'] as const
