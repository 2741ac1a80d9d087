// Lists without an end, page by page: the cursor stands in the address, and the browser's back button goes back.
import { type Ref } from 'vue'
import { useLoad, type Loaded } from './load'
import { ask } from './client'

export interface Page<T> { items: T[]; next_cursor?: string | null }

export function usePage<T>(fetch: () => Promise<Page<T>>, key: Ref<string>): Loaded<Page<T>> {
  return useLoad(() => ask(fetch), [key])
}
