// What one's own attendance of a sitting is called and how it is coloured.

import { word } from '../i18n'
import type { MySitting } from './sittings'

export function attendanceWord(one: MySitting): string {
  return word('att', one.attendance === 'expected' && one.on_leave ? 'on_leave' : one.attendance)
}

export function attendanceBadge(one: MySitting): string {
  if (one.attendance === 'present') return 'good'
  if (one.attendance === 'late' || one.attendance === 'on_leave' || one.on_leave) return 'warn'
  return one.attendance === 'absent' || one.attendance === 'suspended' ? 'bad' : ''
}
