// The hall screen: the living code on the left, the living count on the right. It runs unattended for hours, so every list
// is bounded, every timer single, and a code is never shown after it has died.
import './screen.css'
import { createClient, type Live, type LiveBoard, type LiveState } from '@lvzhi/client'
import { fetchTransport } from '@lvzhi/client/web'
import { clockTime, dayText, left, serverNow, setServerTime } from './clock'
import { CODE_STEP_MS, createCode } from './code'
import { drawCounts, forgetDrawn, turnDelegations, UNITS_PER_PAGE } from './count'
import { $, h, icon, replace, setText } from './dom'
import { isEnglish, keep, keptEnglish, setEnglish, t, type Word } from './words'

const id = decodeURIComponent(location.pathname.split('/').filter(Boolean)[1] ?? '')
const token = takeToken()
const client = createClient({ baseUrl: '', transport: fetchTransport(), retries: 0 })

const STEPS = ['draft', 'open', 'closed']
let board: LiveBoard | null = null
/** The state that the server named last, by whichever way. */
let state: string | null = null
let live: Live | null = null
let link: LiveState = 'connecting'
let trueUntil = 0

// The fragment never reaches a server's log; it is kept in this tab only, and leaves the address bar on the projector.
function takeToken(): string {
  const found = /(?:^#|&)token=([^&]+)/.exec(location.hash)
  const key = `lvzhi.screen.${id}`
  try {
    if (found) sessionStorage.setItem(key, decodeURIComponent(found[1]!))
  } catch {
    // Without storage the token lives until the page is reloaded.
    return found ? decodeURIComponent(found[1]!) : ''
  }
  if (found) history.replaceState(null, '', location.pathname + location.search)
  return sessionStorage.getItem(key) ?? ''
}

const hall = createCode(client, id, token, {
  onState(now) {
    // An answer that was on its way when the sitting opened still says draft; sittings only go forward.
    if (now !== state && !(state !== null && STEPS.indexOf(now) < STEPS.indexOf(state))) {
      state = now
      later(drawSitting)
    }
  },
  onRefused() { live?.close() },
  onBack() { watch() },
  onChange() { drawCode() }
})
const { code } = hall

function watch(): void {
  live?.close()
  live = client.live(id, {
    token,
    onBoard(now) {
      trueUntil = serverNow()
      if (now.sitting.state !== state) {
        state = now.sitting.state
        if (state !== 'open') hall.hide()
        void hall.fetchNow()
      }
      board = now
      later(drawCount)
      later(drawSitting)
    },
    onMessage(message) { if (message.type === 'snapshot') setServerTime(message.server_time) },
    onState(now) {
      if (link === 'open' && now !== 'open') trueUntil = serverNow()
      link = now
      drawLink()
    }
  })
}

// At most one drawing every 100 ms, however fast a hall of people arrives. A timer, not an animation frame: those stop
// while another window covers the screen.
const waiting = new Set<() => void>()
let drawTimer = 0

function later(draw: () => void): void {
  waiting.add(draw)
  drawTimer ||= window.setTimeout(() => {
    drawTimer = 0
    const now = [...waiting]
    waiting.clear()
    for (const one of now) one()
  }, 100)
}

function drawCount(): void {
  if (board) drawCounts(board)
}

function phase(): 'open' | 'closed' | 'waiting' {
  return state === 'open' || state === 'closed' ? state : 'waiting'
}

function drawSitting(): void {
  if (!board) return
  const { sitting } = board
  setText($('congress'), sitting.congress_name)
  setText($('meeting'), sitting.meeting_title)
  setText($('sitting'), sitting.title)
  setText($('place'), sitting.place)
  setText($('starts'), t('starts', { time: clockTime(sitting.starts_at) }))
  setText($('late-after'), t('late_after', { time: clockTime(sitting.late_after) }))
  $('state').hidden = false
  $('state').className = `pill ${phase()}`
  setText($('state'), t(`state_${phase()}`))
  document.title = `${sitting.title} · ${t('title')}`
  fit($('meeting'), 56, 38)
  drawCode()
}

/** A long meeting title becomes smaller before it is cut. */
function fit(node: HTMLElement, size: number, least: number): void {
  for (let now = size; now >= least; now -= 3) {
    node.style.fontSize = `calc(${now} * var(--u))`
    if (node.scrollWidth <= node.clientWidth) return
  }
}

let drawnMessage = ''

function message(key: string, build: () => (Node | null)[]): void {
  if (key === drawnMessage) return
  drawnMessage = key
  replace($('message'), build())
}

function drawCode(): void {
  const now = Date.now()
  hall.bury(now)
  const visible = code.image !== null && code.refused === null && (state === null || phase() === 'open')
  $('qr').hidden = !visible
  ;($('qr') as HTMLImageElement).alt = t('scan')
  const stillGood = visible && code.failing
  $('caption').hidden = stillGood
  $('caption').classList.toggle('quiet', !visible)
  const seconds = Math.max(0, Math.ceil((code.nextAt - now) / 1000))
  setText($('next'), visible ? t('next', { s: seconds }) : '')
  drawRing(visible ? Math.max(0, Math.min(1, (code.nextAt - now) / CODE_STEP_MS)) : 0, seconds)
  if ($('alarm').hidden === stillGood) {
    $('alarm').hidden = !stillGood
    replace($('alarm'), stillGood ? [icon('offline'), h('span', t('offline'))] : [])
  }
  drawMessage(visible)
  drawTyped(code.refused === null && (state === null || phase() === 'open') ? code.typed : '', phase() === 'waiting' && state !== null && code.refused === null)
  document.body.classList.toggle('nothing', code.refused !== null && board === null)
}

function drawMessage(visible: boolean): void {
  const { refused } = code
  if (refused) {
    message(`refused ${t(refused)}`, () => [icon('warn'), h('strong', t(refused)), h('p', t('bad_token_text'))])
  } else if (visible) {
    message('', () => [])
  } else if (code.failing && (state === null || phase() === 'open')) {
    message(`offline ${t('offline')}`, () => [icon('offline'), h('strong', t('offline')), h('p', t('offline_text'))])
  } else if (state === 'closed') {
    message(`closed ${t('closed')}`, () => [icon('tick'), h('strong', t('closed')), h('p', t('closed_text'))])
  } else if (state !== null && phase() === 'waiting') {
    const rest = board ? Date.parse(board.sitting.starts_at) - serverNow() : 0
    const soon = rest > 0 && rest < 24 * 3600_000
    message(`waiting ${t('not_open')} ${soon}`, () => {
      const until = h('span.big.num')
      until.id = 'until'
      return [soon ? h('p', t('not_open_in')) : icon('clock'), soon ? until : null, h('strong', t('not_open')), h('p', t('not_open_text'))]
    })
    setText(document.getElementById('until'), left(rest))
  } else {
    message(`loading ${t('loading')}`, () => [h('p', t('loading'))])
  }
}

let ringShown = -1

function drawRing(part: number, seconds: number): void {
  const ring = $('ring')
  const offset = Math.round((1 - part) * 1000) / 10
  if (offset === ringShown) return
  ring.classList.toggle('jump', offset < ringShown || ringShown < 0)
  ring.classList.toggle('soon', seconds <= 3)
  ring.setAttribute('stroke-dashoffset', String(offset))
  ringShown = offset
}

let drawnTyped = ''

function drawTyped(digits: string, announced: boolean): void {
  const key = [digits, announced, code.host, t('typed')].join('|')
  if (key === drawnTyped) return
  drawnTyped = key
  replace($('typed'), digits ? [h('span', digits.slice(0, 3)), h('span', digits.slice(3))] : ['\u00a0'])
  replace($('how'), digits ? [`${t('typed')} `, h('b', `${code.host}/c`), ` ${t('typed_then')}`] : [announced ? t('typed_wait') : '\u00a0'])
}

function drawLink(): void {
  const node = $('link')
  const open = link === 'open'
  node.className = `link-state ${open ? 'live' : trueUntil ? 'lost' : ''}`
  setText(node, open ? t('live') : trueUntil ? t('reconnecting', { time: clockTime(trueUntil) }) : t('connecting'))
}

// ---- running for hours ----

let lastTick = Date.now()
let ticks = 0

function tick(): void {
  const now = Date.now()
  // The machine slept, or its clock was set: what is on show may be dead. Hide first, then ask.
  if (now - lastTick > 5000 || now < lastTick - 1000) {
    hall.hide()
    if (token) {
      void hall.fetchNow()
      watch()
    }
  }
  lastTick = now
  ticks += 1
  setText($('clock'), clockTime(serverNow(), true))
  setText($('day'), dayText(serverNow()))
  drawCode()
  if (ticks % 40 === 0 && board && board.delegations.length > UNITS_PER_PAGE) {
    turnDelegations()
    later(drawCount)
  }
}

function speak(): void {
  for (const node of document.querySelectorAll<HTMLElement>('[data-t]')) setText(node, t(node.dataset.t as Word))
  $('language').lang = isEnglish() ? 'zh-CN' : 'en'
  setText($('language'), t('language'))
  document.title = t('title')
  drawnMessage = drawnTyped = '-'
  forgetDrawn()
  drawSitting()
  drawCount()
  drawLink()
  tick()
}

let sleepTimer = 0

function wake(): void {
  document.body.classList.add('awake')
  window.clearTimeout(sleepTimer)
  sleepTimer = window.setTimeout(() => document.body.classList.remove('awake'), 4000)
}

function keepAwake(): void {
  // Older browsers and plain HTTP have no wake lock; the hall's computer then keeps its own settings.
  if ('wakeLock' in navigator && document.visibilityState === 'visible') navigator.wakeLock.request('screen').catch(() => {})
}

for (const name of ['mousemove', 'keydown', 'touchstart']) document.addEventListener(name, wake, { passive: true })
$('fullscreen').addEventListener('click', () => {
  if (document.fullscreenElement) void document.exitFullscreen()
  else void document.documentElement.requestFullscreen?.()
})
$('language').addEventListener('click', () => {
  setEnglish(!isEnglish())
  keep()
  speak()
})
window.addEventListener('online', () => { if (token) void hall.fetchNow() })
window.addEventListener('resize', () => later(drawSitting))
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible') return
  keepAwake()
  if (token) void hall.fetchNow()
})

setEnglish(keptEnglish())
if (token) {
  void hall.fetchNow()
  watch()
} else {
  code.refused = 'no_token'
}
keepAwake()
speak()
setInterval(tick, 250)
