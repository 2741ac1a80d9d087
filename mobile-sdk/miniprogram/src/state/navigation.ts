// Moves between pages, and remembers where a log-in came from so that it can go back there.

import { forget, read, write } from '../platform/store'

const HOME = '/pages/home/index'

export function go(path: string): void {
  uni.navigateTo({ url: path, fail: () => uni.redirectTo({ url: path }) })
}

export function replaceWith(path: string): void {
  uni.redirectTo({ url: path })
}

export function goHome(): void {
  uni.reLaunch({ url: HOME })
}

export function goBack(): void {
  if (getCurrentPages().length > 1) uni.navigateBack({ delta: 1 })
  else goHome()
}

/** The page stays below with everything typed in it; `next` is for when the browser has forgotten that page. */
export function toLogIn(next?: string): void {
  write('after_login', next ?? here())
  go('/pages/login/index')
}

export function afterLogIn(): void {
  const next = read<string>('after_login')
  forget('after_login')
  if (getCurrentPages().length > 1) uni.navigateBack({ delta: 1 })
  else if (next && !next.startsWith('/pages/login')) replaceWith(next)
  else goHome()
}

function here(): string {
  const pages = getCurrentPages() as { $page?: { fullPath?: string }; route?: string }[]
  const top = pages[pages.length - 1]
  return top?.$page?.fullPath ?? (top?.route ? '/' + top.route : HOME)
}
