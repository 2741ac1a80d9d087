// The sittings the person is expected at, shared by the pages that list them and the page that shows one.

import { reactive } from 'vue'
import type { Schemas } from '@lvzhi/client'
import { client } from './client'

export type MySitting = Schemas['MySittingView']

const known = reactive(new Map<string, MySitting>())

export async function sittingsOf(state: Schemas['SittingState'], most = 60): Promise<MySitting[]> {
  const found: MySitting[] = []
  for await (const one of client.each.my_sitting_list({ state })) {
    known.set(one.sitting_id, one)
    if (found.push(one) >= most) break
  }
  return found
}

/** One of them, asked for anew: what is known may have changed in the hall. */
export async function sittingOf(id: string): Promise<MySitting | null> {
  const before = known.get(id)
  for (const state of before ? [before.state, 'open', 'draft', 'closed'] as const : ['open', 'draft', 'closed'] as const) {
    const found = (await sittingsOf(state, 200)).find((one) => one.sitting_id === id)
    if (found) return found
  }
  return null
}

export function knownSitting(id: string): MySitting | undefined {
  return known.get(id)
}
