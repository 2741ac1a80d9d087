// Light, dark or as the system has it; the choice is kept on this computer.
import { ref, watchEffect } from 'vue'

export type Mode = 'auto' | 'light' | 'dark'
const KEPT = 'lvzhi.console.mode'

function kept(): Mode {
  try {
    const value = localStorage.getItem(KEPT)
    return value === 'light' || value === 'dark' ? value : 'auto'
  } catch {
    return 'auto'
  }
}

export const mode = ref<Mode>(kept())
const system = matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(system.matches)
system.addEventListener('change', (event) => { systemDark.value = event.matches })

/** True while the page is dark; charts draw by it. */
export const dark = ref(false)

watchEffect(() => {
  dark.value = mode.value === 'dark' || (mode.value === 'auto' && systemDark.value)
  document.documentElement.classList.toggle('dark', dark.value)
})

export function setMode(wanted: Mode): void {
  mode.value = wanted
  try {
    localStorage.setItem(KEPT, wanted)
  } catch {
    // The choice lasts as long as the page.
  }
}
