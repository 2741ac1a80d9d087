// Keeps what a person filtered, sorted and paged in the address, so that a link, a reload and the back button bring it back.
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQuery } from 'vue-router'

export type Values = Record<string, string | number | boolean>
type Widened<T> = T extends number ? number : T extends boolean ? boolean : string
export type State<D extends Values> = { [K in keyof D]: Widened<D[K]> }

/** Reads the wanted keys out of a query; what is missing or makes no sense is the default. */
export function parseQuery<D extends Values>(defaults: D, query: LocationQuery): State<D> {
  const found: Values = {}
  for (const [key, fallback] of Object.entries(defaults)) {
    const raw = query[key]
    const value = Array.isArray(raw) ? raw[0] : raw
    if (value == null) found[key] = fallback
    else if (typeof fallback === 'number') found[key] = /^\d{1,6}$/.test(value) ? Number(value) : fallback
    else if (typeof fallback === 'boolean') found[key] = value === '1' ? true : value === '0' ? false : fallback
    else found[key] = value
  }
  return found as State<D>
}

/** Writes values into a query: defaults are left out, keys of others stay. */
export function buildQuery<D extends Values>(defaults: D, state: State<D>, query: LocationQuery): LocationQuery {
  const built: LocationQuery = { ...query }
  for (const [key, fallback] of Object.entries(defaults)) {
    const value = (state as Values)[key]
    if (value === fallback || value === undefined) delete built[key]
    else built[key] = typeof value === 'boolean' ? (value ? '1' : '0') : String(value)
  }
  return built
}

export interface UrlState<D extends Values> {
  state: WritableComputedRef<State<D>>
  /** Changes some values. Everything but a page turn or a sort goes back to page one. */
  set(change: Partial<State<D>>, how?: 'push' | 'replace'): void
}

export function useUrlState<D extends Values>(defaults: D): UrlState<D> {
  const route = useRoute()
  const router = useRouter()
  const write = (next: State<D>, how: 'push' | 'replace'): void => {
    void router[how]({ query: buildQuery(defaults, next, route.query), hash: route.hash })
  }
  const state = computed<State<D>>({
    get: () => parseQuery(defaults, route.query),
    set: (next) => write(next, 'replace')
  })
  return {
    state,
    set(change, how = 'replace') {
      const next = { ...state.value, ...change } as State<D>
      if ('page' in defaults && !('page' in change)) (next as Values).page = 1
      write(next, how)
    }
  }
}
