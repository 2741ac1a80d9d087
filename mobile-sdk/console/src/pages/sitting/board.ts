// How the list of seats follows what the live socket tells.
import type { LiveArrival } from '@lvzhi/client'
import type { AttendanceLine } from '../../app/types'

/** Lines with what arrivals and departures say; lines that are not concerned stay the same objects. */
export function applied(lines: AttendanceLine[], arrivals: LiveArrival[], departures: { entry_id: string }[]): AttendanceLine[] {
  const came = new Map(arrivals.map((one) => [one.entry_id, one]))
  const left = new Set(departures.map((one) => one.entry_id))
  return lines.map((line) => {
    const arrival = came.get(line.entry_id)
    if (arrival) return { ...line, state: arrival.state, at: arrival.at, in_room: true }
    return left.has(line.entry_id) ? { ...line, in_room: false } : line
  })
}
