// Keeps small things on the phone; a phone whose storage is full or locked still works until the page is closed.

import { reactive } from 'vue'

/** Told on every page: what is typed may not survive. */
export const room = reactive({ full: false })

const PREFIX = 'lvzhi-app.'
const memory = new Map<string, unknown>()

export function read<T>(key: string): T | null {
  if (memory.has(key)) return memory.get(key) as T
  try {
    const text = uni.getStorageSync(PREFIX + key) as unknown
    return typeof text === 'string' && text ? (JSON.parse(text) as T) : null
  } catch {
    return null
  }
}

/** False when the phone could not keep it: what must survive a restart has to tell the person. */
export function write(key: string, value: unknown): boolean {
  try {
    uni.setStorageSync(PREFIX + key, JSON.stringify(value))
    memory.delete(key)
    room.full = false
    return true
  } catch {
    memory.set(key, value)
    room.full = true
    return false
  }
}

export function forget(key: string): void {
  memory.delete(key)
  try {
    uni.removeStorageSync(PREFIX + key)
  } catch {
    // Nothing was kept there then.
  }
}
