// Makes the screen bright while a code is shown and keeps it on; a browser can only do the second.

// #ifdef H5
let lock: { release(): Promise<void> } | null = null
// #endif
// #ifdef MP-WEIXIN
let before = -1
// #endif

export function brighten(): void {
  // #ifdef MP-WEIXIN
  uni.getScreenBrightness({
    success: ({ value }) => {
      if (before < 0) before = value
      uni.setScreenBrightness({ value: 1 })
    },
    fail: () => {},
  })
  keepOn(true)
  // #endif
  // #ifdef H5
  keepOn(true)
  // #endif
}

export function dim(): void {
  // #ifdef MP-WEIXIN
  if (before >= 0) uni.setScreenBrightness({ value: before })
  before = -1
  // #endif
  keepOn(false)
}

export function keepOn(on: boolean): void {
  // #ifdef MP-WEIXIN
  uni.setKeepScreenOn({ keepScreenOn: on, fail: () => {} })
  // #endif
  // #ifdef H5
  if (!on) {
    void lock?.release().catch(() => {})
    lock = null
  } else if (!lock && 'wakeLock' in navigator) {
    navigator.wakeLock.request('screen').then((held) => (lock = held), () => {})
  }
  // #endif
}
