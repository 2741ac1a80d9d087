// Who is logged in, with which roles where, and the congress that is worked in; an expired session waits here for its owner.
import { computed, reactive, shallowRef } from 'vue'
import { client } from './client'
import { allows, type Action, type Role } from './rights'
import { setOffset } from './time'
import type { Me } from './types'

interface Session {
  me: Me | null
  congressId: string
  /** The log-in dialog stands over the page; what was typed below stays. */
  expired: boolean
  /** The server said that the second factor must be set up first. */
  needsSecondFactor: boolean
  /** The server is newer than this page. */
  outdated: boolean
}

export const session = reactive<Session>({ me: null, congressId: '', expired: false, needsSecondFactor: false, outdated: false })

const KEPT = 'lvzhi.console.congress'
const settled = shallowRef<Promise<void> | null>(null)
let settle: (() => void) | null = null

/** Congresses in which the caller has a role, each once. */
export const congresses = computed(() => {
  const seen = new Map<string, { id: string; name: string; roles: Role[] }>()
  for (const one of session.me?.roles ?? []) {
    const entry = seen.get(one.congress_id) ?? { id: one.congress_id, name: one.congress_name, roles: [] }
    entry.roles.push(one.role as Role)
    seen.set(one.congress_id, entry)
  }
  return [...seen.values()]
})

export const congress = computed(() => congresses.value.find((one) => one.id === session.congressId) ?? null)
export const roles = computed<Role[]>(() => congress.value?.roles ?? [])
export const may = (action: Action): boolean => allows(roles.value, action)

/** Loads the account; true when somebody is logged in. Called once per visit and after every log-in. */
export async function loadMe(): Promise<boolean> {
  if (!client.session.signedIn) {
    session.me = null
    return false
  }
  session.me = await client.me_get()
  let kept = ''
  try {
    kept = localStorage.getItem(KEPT) ?? ''
  } catch {
    // Without storage the first congress is taken.
  }
  const wanted = [session.congressId, kept].find((id) => congresses.value.some((one) => one.id === id))
  session.congressId = wanted ?? congresses.value[0]?.id ?? ''
  session.needsSecondFactor = congresses.value.length > 0 && !session.me.second_factor
  await loadZone()
  return true
}

async function loadZone(): Promise<void> {
  if (!session.congressId || session.needsSecondFactor || !may('ViewMeetings')) return
  try {
    const found = await client.congress_settings_get({ id: session.congressId })
    setOffset(found.settings.timezone_offset_minutes ?? 480)
  } catch {
    setOffset(480)
  }
}

export async function chooseCongress(id: string): Promise<void> {
  session.congressId = id
  try {
    localStorage.setItem(KEPT, id)
  } catch {
    // Lasts as long as the page.
  }
  await loadZone()
}

/** The session ended while somebody works: asks for the log-in over the page. Resolves when it is there again. */
export function expire(): Promise<void> {
  session.expired = true
  settled.value ??= new Promise((resolve) => { settle = resolve })
  return settled.value
}

export function renewed(): void {
  session.expired = false
  settle?.()
  settle = null
  settled.value = null
}

export async function logOut(): Promise<void> {
  try {
    await client.auth_logout()
  } catch {
    // Offline or already ended: this computer forgets the tokens all the same.
  }
  session.me = null
}
