// Looks up what a screen says in the person's language and fills in numbers and names.

import { settings } from '../state/settings'
import { zh } from './zh'
import { en } from './en'

export type Key = keyof typeof zh

export function t(key: Key, values?: Record<string, string | number>): string {
  const text: string = (settings.language === 'en' ? en : zh)[key]
  return values ? text.replace(/\{(\w+)\}/g, (_all, name: string) => String(values[name] ?? '')) : text
}

/** A text that belongs to a word of the server, e.g. `state.` + `open`; the word itself when it is new to this client. */
export function word(group: string, name: string): string {
  const key = `${group}.${name}`
  return key in zh ? t(key as Key) : name
}
