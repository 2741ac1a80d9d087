// What several pages ask about meetings and their sittings.
import { client, collect } from './client'
import type { Meeting, Sitting } from './types'

export interface Placed { meeting: Meeting; sitting: Sitting }

/** The sittings of planned meetings that touch the days between, by time. */
export async function sittingsBetween(congressId: string, from: string, to: string): Promise<Placed[]> {
  const meetings = await collect(() => client.each.meeting_list({ id: congressId, from, to, state: 'planned', limit: 200 }))
  const lists = await Promise.all(meetings.map(async (meeting) => {
    const sittings = await collect(() => client.each.sitting_list({ id: meeting.id, limit: 200 }))
    return sittings.map((sitting) => ({ meeting, sitting }))
  }))
  return lists.flat().sort((a, b) => a.sitting.starts_at.localeCompare(b.sitting.starts_at))
}
