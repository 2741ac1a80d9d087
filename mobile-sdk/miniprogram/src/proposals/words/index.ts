// The words of the pages about proposals in the person's language, apart from the app's own so that the first page stays small.

import { settings } from '../../state/settings'
import { en } from './en'
import { zh } from './zh'

type Key = keyof typeof zh

export function t(key: Key, values?: Record<string, string | number>): string {
  const text: string = (settings.language === 'en' ? en : zh)[key]
  return values ? text.replace(/\{(\w+)\}/g, (_all, name: string) => String(values[name] ?? '')) : text
}

/** A text for a word of the server; the word itself when it is new to this client. */
export function word(group: string, name: string): string {
  const key = `${group}.${name}`
  return key in zh ? t(key as Key) : name
}
