// Keeps what was typed into a form until it was sent, also over a log-in, a reload or a killed app.

import { reactive, watch } from 'vue'
import { forget, read, write } from '../platform/store'

/** `form` filled with what was typed last time; `done` forgets it. Only texts and choices belong in it, no passwords or codes. */
export function draft<T extends Record<string, string>>(name: string, empty: T): { form: T; done(): void } {
  const key = 'draft.' + name
  const form = reactive({ ...empty, ...read<Partial<T>>(key) }) as T
  const stop = watch(form, () => write(key, { ...form }))
  return {
    form,
    done() {
      stop()
      forget(key)
    },
  }
}
