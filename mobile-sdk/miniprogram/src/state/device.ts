// What this phone calls itself, so that its owner recognises it in the list of sessions.

export function deviceName(): string {
  // #ifdef MP-WEIXIN
  const info = uni.getSystemInfoSync()
  return `微信 · ${info.deviceBrand ?? ''} ${info.deviceModel ?? ''}`.trim().slice(0, 100)
  // #endif
  // #ifdef H5
  const agent = navigator.userAgent
  const machine = ['iPhone', 'iPad', 'HarmonyOS', 'OpenHarmony', 'Android', 'Windows', 'Mac OS'].find((name) => agent.includes(name)) ?? 'Web'
  const known: [string, string][] = [['MicroMessenger', '微信'], ['DingTalk', '钉钉'], ['Edg/', 'Edge'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']]
  const browser = known.find(([mark]) => agent.includes(mark))?.[1] ?? '浏览器'
  return `${machine} · ${browser}`
  // #endif
}
