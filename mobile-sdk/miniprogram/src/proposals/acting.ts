// One deed at a time on a page: which one is under way, what went wrong with it in words, and what follows when it is done.

import { ref } from 'vue'
import { toLogIn } from '../state/navigation'
import { needsLogIn, sentence } from '../state/trouble'

export function acting(done: () => void) {
  const busy = ref('')
  const failed = ref('')

  /** True when it was done. */
  async function act(name: string, work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    busy.value = name
    failed.value = ''
    try {
      await work()
      done()
      return true
    } catch (error) {
      if (needsLogIn(error)) toLogIn()
      failed.value = sentence(error)
      return false
    } finally {
      busy.value = ''
    }
  }
  return { busy, failed, act }
}
