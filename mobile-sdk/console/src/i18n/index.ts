// Words on the screen: Chinese is built in, English is loaded when somebody asks for it.
import type { Language as ElementLanguage } from 'element-plus/es/locale'
import zhElement from 'element-plus/es/locale/lang/zh-cn'
import { shallowRef } from 'vue'
import { zh } from './zh'

export type Lang = 'zh-CN' | 'en'
export type Key = keyof typeof zh
export type Dictionary = Record<Key, string>

const KEPT = 'lvzhi.console.language'
const words = shallowRef<Dictionary>(zh)
export const lang = shallowRef<Lang>('zh-CN')
export const elementWords = shallowRef<ElementLanguage>(zhElement)

/** The sentence for `key`; `{name}` in it is replaced by `values.name`. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const text = words.value[key]
  return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole)) : text
}

/** The word for a value of a closed set of the contract, such as `state.open`; an unknown newer value shows itself. */
export function tv(group: string, value: string | null | undefined): string {
  if (!value) return ''
  return (words.value as Record<string, string>)[`${group}.${value}`] ?? value
}

export async function setLang(wanted: Lang): Promise<void> {
  if (wanted === 'en') {
    const [mine, element] = await Promise.all([import('./en'), import('element-plus/es/locale/lang/en')])
    words.value = mine.en
    elementWords.value = element.default
  } else {
    words.value = zh
    elementWords.value = zhElement
  }
  lang.value = wanted
  document.documentElement.lang = wanted
  try {
    localStorage.setItem(KEPT, wanted)
  } catch {
    // Storage switched off: the choice lasts as long as the page.
  }
}

/** What the person chose before, else Chinese: the offices' language. */
export function keptLang(): Lang {
  try {
    return localStorage.getItem(KEPT) === 'en' ? 'en' : 'zh-CN'
  } catch {
    return 'zh-CN'
  }
}
