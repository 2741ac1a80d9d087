// The attendance of a sitting, kept true by the live socket: arrivals at once, everything else a moment later.
import type { LiveBoard, LiveState } from '@lvzhi/client'
import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ask, client } from '../../app/client'
import { expire } from '../../app/session'
import type { AttendanceList } from '../../app/types'
import { applied } from './board'

/** Changes that the socket does not spell out are read again this long after the last one, and at the latest so long after the first. */
const REREAD_MS = 700
const REREAD_LATEST_MS = 4000

export interface Board {
  list: ShallowRef<AttendanceList | null>
  live: ShallowRef<LiveBoard | null>
  link: Ref<LiveState>
  error: ShallowRef<unknown>
  loading: Ref<boolean>
  reload(): Promise<void>
}

export function useBoard(sittingId: string, onChange: () => void): Board {
  const list = shallowRef<AttendanceList | null>(null)
  const live = shallowRef<LiveBoard | null>(null)
  const link = ref<LiveState>('connecting')
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  let timer = 0
  let waitingSince = 0
  let newest = 0

  async function reload(): Promise<void> {
    const mine = ++newest
    loading.value = true
    try {
      const found = await ask(() => client.attendance_list({ id: sittingId }))
      if (mine !== newest) return
      list.value = found
      error.value = null
      onChange()
    } catch (problem) {
      if (mine === newest) error.value = problem
    } finally {
      if (mine === newest) loading.value = false
    }
  }

  function later(): void {
    window.clearTimeout(timer)
    waitingSince ||= Date.now()
    // A hall that fills without a pause must not put it off for ever.
    const wait = Math.max(0, Math.min(REREAD_MS, waitingSince + REREAD_LATEST_MS - Date.now()))
    timer = window.setTimeout(() => {
      waitingSince = 0
      void reload()
    }, wait)
  }

  const open = () => client.live(sittingId, {
    onBoard: (board) => { live.value = board },
    onMessage(message) {
      if (message.type === 'snapshot') {
        if (list.value) later()
        return
      }
      if (list.value) {
        list.value = { ...list.value, state: message.state, counts: message.counts, quorum: message.quorum, items: applied(list.value.items, message.arrivals, message.departures) }
      }
      later()
      onChange()
    },
    onState(now, why) {
      link.value = now
      if (now === 'closed' && why?.status === 401) void expire().then(() => { socket = open() })
      else if (now === 'closed' && why) error.value = why
    }
  })
  let socket = open()
  onScopeDispose(() => {
    window.clearTimeout(timer)
    socket.close()
  })
  void reload()
  return { list, live, link, error, loading, reload }
}
