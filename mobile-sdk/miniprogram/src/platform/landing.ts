// Where the addresses lead that stand in QR codes: the same for a browser that opens one and for a scanner that reads one.

import { isCode } from '../proof/code-mark'

export type Target =
  | { kind: 'sign'; path: string }
  | { kind: 'gate'; path: string }
  | { kind: 'certificate'; path: string }
  | { kind: 'representative_code'; path: '' }

const decode = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function byPath(path: string, hash: string): Target | null {
  const [first, second] = path.split('/').filter(Boolean)
  const param = second ? encodeURIComponent(decode(second)) : ''
  if (first === 'c' && param) return { kind: 'sign', path: `/pages/sign/index?code=${param}` }
  if (first === 'c') return { kind: 'sign', path: '/pages/typed/index' }
  if (first === 'certificate' && param) return { kind: 'certificate', path: `/public/certificate/index?id=${param}` }
  const enrol = /^#enrol=([\w-]+)/.exec(hash)
  if (first === 'gate') return { kind: 'gate', path: `/gate/enrol/index${enrol ? '?code=' + enrol[1] : ''}` }
  return null
}

/** What a scanned text is; null for anything that is not of this platform. */
export function targetOf(text: string): Target | null {
  const trimmed = text.trim()
  if (isCode(trimmed)) return { kind: 'representative_code', path: '' }
  const parts = /^https?:\/\/[^/?#]+(\/[^?#]*)?(?:\?[^#]*)?(#.*)?$/i.exec(trimmed)
  return parts ? byPath(parts[1] ?? '/', parts[2] ?? '') : null
}

/** Rewrites the address before the router reads it; the app's own pages live behind `#`. */
export function landAt(place: { pathname: string; hash: string }): void {
  const target = byPath(place.pathname, place.hash)
  if (target) history.replaceState(null, '', '/#' + target.path)
  else if (place.pathname !== '/') history.replaceState(null, '', '/' + place.hash)
}
