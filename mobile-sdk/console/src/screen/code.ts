// The living code: fetched a moment before it changes, and never shown after it has died.
import { ApiError, type Client } from '@lvzhi/client'
import { setServerTime } from './clock'
import { $ } from './dom'
import type { Word } from './words'

/** How long codes are shown. The server takes each for one step more; a little less is promised, because scanning takes time. */
export const CODE_STEP_MS = 15_000
const TYPED_STEP_MS = 60_000
const HURRY_MS = 2_000

export interface HallCode {
  /** A blob URL while a code is on show. */
  image: string | null
  nextAt: number
  deadAt: number
  typed: string
  typedDeadAt: number
  /** Where the short code is typed. */
  host: string
  failing: boolean
  /** Why this link no longer works. */
  refused: Word | null
}

export interface CodeEvents {
  /** The server's word on the state of the sitting. */
  onState(state: string): void
  onRefused(): void
  /** It works again after a failure. */
  onBack(): void
  onChange(): void
}

export function createCode(client: Client, id: string, token: string, events: CodeEvents) {
  const code: HallCode = { image: null, nextAt: 0, deadAt: 0, typed: '', typedDeadAt: 0, host: location.host, failing: false, refused: null }
  let busy = false
  /** Somebody asked while an answer was on its way: that answer may be older than the reason for asking. */
  let askedMeanwhile = false
  let timer = 0
  let tries = 0

  async function fetchNow(): Promise<void> {
    if (busy) {
      askedMeanwhile = true
      return
    }
    busy = true
    window.clearTimeout(timer)
    let again: number
    try {
      again = await ask()
    } catch (error) {
      again = failed(error)
    }
    busy = false
    if (askedMeanwhile) again = 0
    askedMeanwhile = false
    timer = window.setTimeout(() => { void fetchNow() }, again)
    events.onChange()
  }

  async function ask(): Promise<number> {
    const asked = Date.now()
    const how = { token, timeoutMs: 6000 }
    const [answer, drawn] = await Promise.all([client.code_get({ id }, how), client.code_svg({ id }, how)])
    setServerTime(answer.server_time)
    // Counted from when we asked: a slow answer makes the code look older, never younger.
    code.nextAt = asked + answer.refresh_in_ms
    let again = 10_000
    if (answer.state === 'open') {
      await show(URL.createObjectURL(new Blob([drawn.text], { type: 'image/svg+xml' })))
      code.deadAt = code.nextAt + CODE_STEP_MS - HURRY_MS
      code.typed = answer.typed_code
      code.typedDeadAt = asked + (Date.parse(answer.typed_valid_until) - Date.parse(answer.server_time)) + TYPED_STEP_MS - HURRY_MS
      code.host = new URL(answer.link, location.href).host
      again = Math.max(200, code.nextAt - Date.now() + 30)
    } else {
      hide() // The live channel says when that changes; asking again is only the safety net.
    }
    const back = code.failing || code.refused !== null
    code.failing = false
    code.refused = null
    tries = 0
    events.onState(answer.state)
    if (back) events.onBack()
    return again
  }

  function failed(error: unknown): number {
    // Only our own server's word counts; a proxy's bare 403 during an update is a passing failure.
    if (error instanceof ApiError && error.requestId && [401, 403, 404].includes(error.status)) {
      hide()
      code.refused = error.status === 404 ? 'not_found' : 'bad_token'
      events.onRefused()
      return 30_000
    }
    if (error instanceof ApiError && error.status === 409) {
      hide()
      code.failing = false
      return 10_000
    }
    code.failing = true
    tries += 1
    return Math.min(4000, 500 * tries) + Math.random() * 300
  }

  /** Swaps the picture only when it is decoded, so that the projector never flashes white. */
  function show(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const probe = new Image()
      probe.onload = () => {
        const old = code.image
        code.image = url
        ;($('qr') as HTMLImageElement).src = url
        if (old) setTimeout(() => URL.revokeObjectURL(old), 1000)
        resolve()
      }
      probe.onerror = () => {
        URL.revokeObjectURL(url)
        reject(new Error('the code picture cannot be shown'))
      }
      probe.src = url
    })
  }

  function hidePicture(): void {
    if (!code.image) return
    $('qr').removeAttribute('src')
    URL.revokeObjectURL(code.image)
    code.image = null
  }

  function hide(): void {
    hidePicture()
    code.typed = ''
  }

  /** Takes away what has died by now. */
  function bury(now: number): void {
    if (now >= code.deadAt) hidePicture()
    if (now >= code.typedDeadAt) code.typed = ''
  }

  return { code, fetchNow, hide, bury }
}
