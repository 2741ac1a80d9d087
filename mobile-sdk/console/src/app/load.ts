// Loading for pages: what came, what went wrong, and the newest request wins over a late answer.
import { ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'

export interface Loaded<T> {
  data: ShallowRef<T | null>
  error: ShallowRef<unknown>
  loading: Ref<boolean>
  reload(): Promise<void>
}

/** Runs `fetch` now and whenever `sources` change. Old data stays on show while new data is on its way. */
export function useLoad<T>(fetch: () => Promise<T>, sources: WatchSource[] = []): Loaded<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<unknown>(null)
  const loading = ref(false)
  let newest = 0
  const reload = async (): Promise<void> => {
    const mine = ++newest
    loading.value = true
    try {
      const found = await fetch()
      if (mine !== newest) return
      data.value = found
      error.value = null
    } catch (problem) {
      if (mine === newest) error.value = problem
    } finally {
      if (mine === newest) loading.value = false
    }
  }
  watch(sources, () => void reload(), { immediate: true })
  return { data, error, loading, reload }
}

/** A value that follows another after a pause, so that typing does not ask at every letter. */
export function debounced(source: () => string, ms: number, then: (value: string) => void): void {
  let timer = 0
  watch(source, (value) => {
    window.clearTimeout(timer)
    timer = window.setTimeout(() => then(value), ms)
  })
}
