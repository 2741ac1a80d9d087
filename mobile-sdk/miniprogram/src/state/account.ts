// What the person may do here: their account, their seats, their roles; asked once per log-in and kept while the app is open.

import { reactive } from 'vue'
import type { Schemas } from '@lvzhi/client'
import { client, person } from './client'
import { learnServerTime } from './clock'

export const account = reactive<{ of: string; me: Schemas['Me'] | null; seats: Schemas['MySeatView'][] }>({ of: '', me: null, seats: [] })

/** Loads what is not yet known of the person who is logged in. */
export async function loadAccount(again = false): Promise<void> {
  const of = person.accountId
  if (!of || (account.of === of && !again)) return
  const sentAt = Date.now()
  const [me, seats] = await Promise.all([client.me_get(), client.my_seat_list()])
  learnServerTime(me.server_time, sentAt)
  Object.assign(account, { of, me, seats: seats.items })
}

export function forgetAccount(): void {
  Object.assign(account, { of: '', me: null, seats: [] })
}

export async function logOut(): Promise<void> {
  forgetAccount()
  await client.auth_logout().catch(() => {
    // The phone has forgotten the tokens all the same; without a network the server's session ends by itself.
  })
}
