// How the person wants to read: language, large text, light or dark; kept on the phone.

import { computed, reactive, watch } from 'vue'
import { read, write } from '../platform/store'

export type Language = 'zh-CN' | 'en'
export type Theme = 'auto' | 'light' | 'dark'

interface Settings {
  language: Language
  large: boolean
  theme: Theme
}

function systemLanguage(): Language {
  let name = 'zh'
  // #ifdef H5
  name = navigator.language || 'zh'
  // #endif
  // #ifndef H5
  name = uni.getSystemInfoSync().language || 'zh'
  // #endif
  return /^zh/i.test(name) ? 'zh-CN' : 'en'
}

export const settings = reactive<Settings>({ language: systemLanguage(), large: false, theme: 'auto', ...read<Partial<Settings>>('settings') })

/** What the system shows now; a mini-program is told through an event, a browser through its media query in the style sheet. */
export const system = reactive({ dark: false })

export const themeClass = computed(() => {
  const dark = settings.theme === 'dark' || (settings.theme === 'auto' && system.dark)
  return ['lv-root', dark ? 'lv-dark' : '', settings.theme === 'auto' ? 'lv-auto' : '', settings.large ? 'lv-large' : ''].filter(Boolean).join(' ')
})

/** Colours the parts that lie outside the page's own element. */
export function applySettings(): void {
  // #ifdef H5
  document.documentElement.lang = settings.language
  document.documentElement.className = themeClass.value
  // #endif
  // #ifdef MP-WEIXIN
  const dark = settings.theme === 'dark' || (settings.theme === 'auto' && system.dark)
  uni.setNavigationBarColor({ frontColor: dark ? '#ffffff' : '#000000', backgroundColor: dark ? '#15120f' : '#f6f3ed', fail: () => {} })
  // #endif
}

watch(settings, () => {
  write('settings', { ...settings })
  applySettings()
})
