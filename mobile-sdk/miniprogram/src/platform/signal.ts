// Tells by sound and vibration what a screen shows, for whoever looks at people and not at the phone.

export function signal(good: boolean): void {
  const name = `/static/${good ? 'pass' : 'stop'}.wav`
  // #ifdef H5
  void new Audio(name).play().catch(() => {
    // A browser that plays nothing yet still vibrates.
  })
  navigator.vibrate?.(good ? 80 : [120, 80, 120])
  // #endif
  // #ifdef MP-WEIXIN
  const sound = uni.createInnerAudioContext()
  sound.src = name
  sound.onEnded(() => sound.destroy())
  sound.onError(() => sound.destroy())
  sound.play()
  if (good) uni.vibrateShort({ type: 'medium', fail: () => {} } as UniApp.VibrateShortOptions)
  else uni.vibrateLong({ fail: () => {} })
  // #endif
}
