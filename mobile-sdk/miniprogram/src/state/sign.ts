// Signing in by a scanned code: what was scanned outlives a log-in or a reload, and a repetition gives the first answer.

import type { Schemas } from '@lvzhi/client'
import { forget, read, write } from '../platform/store'
import { client, person } from './client'
import { learnServerTime, serverNow } from './clock'

export type Scan = Schemas['Resolved']

/** What a person sees after signing in; from the answer of a sign-in or from the list of sittings. */
export interface Presence {
  sittingId: string
  sittingTitle: string
  meetingTitle: string
  name: string
  delegation: string
  seat: string
  at: string
  late: boolean
  /** False when the seat had signed in before. */
  first: boolean
  inRoom: boolean
  flagged: boolean
  leftAt: string
}

interface Kept {
  code: string
  scan: Scan
}

/** Asks the server what was scanned, unless this phone knows already and its ticket is still good. */
export async function resolve(code: string): Promise<Scan> {
  const kept = read<Kept>('scan')
  if (kept && kept.code === code && Date.parse(kept.scan.ticket_expires_at) > serverNow()) return kept.scan
  const sentAt = Date.now()
  const scan = await client.code_resolve({ body: { code, device_id: client.deviceId } })
  learnServerTime(scan.server_time, sentAt)
  write('scan', { code, scan })
  return scan
}

export function forgetScan(): void {
  forget('scan')
}

/** Starts the clock of one intent: when only our own first answer was lost, the repetition is still the first sign-in. */
export class SignIn {
  private startedAt = 0

  constructor(
    private readonly sitting: { id: string; title: string; meetingTitle: string },
    private readonly kind: Schemas['CodeKind'],
  ) {}

  async send(code: string, place: Place | null): Promise<Presence> {
    // A little grace: the clock is known to half of a round trip.
    if (!this.startedAt) this.startedAt = serverNow() - 250
    const body: Schemas['NewCheckIn'] = { kind: this.kind, code, ...place }
    const done = await client.check_in_create({ id: this.sitting.id, body })
    return {
      sittingId: done.sitting_id,
      sittingTitle: this.sitting.title,
      meetingTitle: this.sitting.meetingTitle,
      name: done.name,
      delegation: done.delegation ?? '',
      seat: done.seat_label ?? '',
      at: done.at,
      late: done.state === 'late',
      first: done.first || Date.parse(done.at) >= this.startedAt,
      inRoom: done.in_room,
      flagged: done.flags.length > 0,
      leftAt: '',
    }
  }
}

export interface Place {
  latitude: number
  longitude: number
  accuracy_m: number
}

export function presenceOf(one: Schemas['MySittingView']): Presence {
  return {
    sittingId: one.sitting_id,
    sittingTitle: one.title,
    meetingTitle: one.meeting_title,
    name: person.name,
    delegation: '',
    seat: one.seat_label ?? '',
    at: one.at ?? '',
    late: one.attendance === 'late',
    first: false,
    inRoom: one.in_room,
    flagged: false,
    leftAt: '',
  }
}
