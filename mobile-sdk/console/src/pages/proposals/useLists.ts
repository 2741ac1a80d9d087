// The category tree and the organisations of the congress, as the filters and dialogs of proposals offer them.
import { computed, type ComputedRef } from 'vue'
import { ask, client, collect } from '../../app/client'
import { useLoad, type Loaded } from '../../app/load'
import { session } from '../../app/session'
import type { Organisation } from '../../app/types'

export interface Choice { id: string; label: string }
interface Lists { organisations: Loaded<Organisation[]>; categories: ComputedRef<Choice[]> }

export function useLists(): Lists {
  const id = session.congressId
  const organisations = useLoad(() => collect(() => client.each.organisation_list({ id, limit: 200 })))
  const tree = useLoad(() => ask(() => client.category_list({ id })))
  const categories = computed<Choice[]>(() => {
    const all = tree.data.value?.items ?? []
    const names = new Map(all.map((one) => [one.id, one]))
    const label = (one: (typeof all)[number], deep = 0): string => {
      const parent = one.parent_id ? names.get(one.parent_id) : undefined
      return parent && deep < 6 ? `${label(parent, deep + 1)} / ${one.name}` : one.name
    }
    const children = (of: string | null): typeof all => all.filter((one) => (one.parent_id && names.has(one.parent_id) ? one.parent_id : null) === of)
    const walk = (of: string | null, deep = 0): typeof all => (deep > 6 ? [] : children(of).flatMap((one) => [one, ...walk(one.id, deep + 1)]))
    return walk(null).map((one) => ({ id: one.id, label: label(one) }))
  })
  return { organisations, categories }
}
