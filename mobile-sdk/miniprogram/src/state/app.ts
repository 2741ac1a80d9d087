// What concerns the whole app: network, and whether this client is too old for the server.

import { reactive } from 'vue'
import { system } from './settings'

export const app = reactive({ offline: false, outdated: false })

export function watchApp(): void {
  // #ifdef MP-WEIXIN
  let told = false
  uni.onNetworkStatusChange((state) => {
    told = true
    app.offline = !state.isConnected
  })
  uni.getNetworkType({
    success: (state) => {
      // An answer about how it was must not overrule what has been told since.
      if (!told) app.offline = state.networkType === 'none'
    },
  })
  system.dark = uni.getSystemInfoSync().theme === 'dark'
  uni.onThemeChange((state) => {
    system.dark = state.theme === 'dark'
  })
  const updates = uni.getUpdateManager()
  updates.onUpdateReady(() => updates.applyUpdate())
  // #endif
  // #ifdef H5
  const tell = () => {
    app.offline = !navigator.onLine
  }
  tell()
  addEventListener('online', tell)
  addEventListener('offline', tell)
  const dark = window.matchMedia('(prefers-color-scheme: dark)')
  system.dark = dark.matches
  dark.addEventListener?.('change', (event) => {
    system.dark = event.matches
  })
  // #endif
}

/** Gets the newer client. */
export function update(): void {
  // #ifdef H5
  location.reload()
  // #endif
  // #ifdef MP-WEIXIN
  const updates = uni.getUpdateManager()
  updates.onUpdateReady(() => updates.applyUpdate())
  updates.onUpdateFailed(() => uni.exitMiniProgram({}))
  uni.exitMiniProgram({})
  // #endif
}
