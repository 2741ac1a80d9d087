// Browsers that note what must never happen, cameras that see photographs of other screens, and the judge of accessibility.

import { mkdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { check } from './count.mjs'
import { run } from './servers.mjs'

const tools = createRequire(new URL('../tools/package.json', import.meta.url))
const { chromium } = tools('playwright-core')
const axe = readFileSync(tools.resolve('axe-core/axe.min.js'), 'utf8')

export const root = fileURLToPath(new URL('../..', import.meta.url))
const screens = path.join(root, 'target/screens')
mkdirSync(screens, { recursive: true })

/** Whoever waits here waits for a condition; this is only how long a busy machine may take for it. */
const PATIENCE_MS = 60_000
export const DESK = { viewport: { width: 1440, height: 900 } }
export const SCREEN = { viewport: { width: 1920, height: 1080 } }
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true }

/** What must stay empty. */
const complaints = { foreign: [], policy: [], unguarded: [], errors: [] }
let pages = 0
const open = []
const folders = []

async function launch(extra = []) {
  const browser = await chromium.launch({
    executablePath: process.env.LVZHI_TEST_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...extra],
  })
  open.push(browser)
  return browser
}

let plain = null

/** A page of somebody's own; `origin` is the only host it may speak to, `expected` console lines are part of the story. */
export async function person(origin, options, expected = [], browser = null) {
  const context = await (browser ?? (plain ??= await launch())).newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options })
  context.setDefaultTimeout(PATIENCE_MS)
  const host = new URL(origin).host
  const noteHost = (url) => {
    const { protocol, host: asked } = new URL(url)
    if (/^(http|ws)/.test(protocol) && asked !== host) complaints.foreign.push(url)
  }
  context.on('request', (request) => noteHost(request.url()))
  context.on('response', (answer) => {
    if (!answer.request().isNavigationRequest() || !/html/.test(answer.headers()['content-type'] ?? '')) return
    pages += 1
    if (!/^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/.test(answer.headers()['content-security-policy'] ?? '')) complaints.unguarded.push(answer.url())
  })
  context.on('page', (page) => page.on('websocket', (socket) => noteHost(socket.url())))
  context.on('console', (message) => {
    const line = `${message.text()} (${message.location().url})`
    if (/Content.Security.Policy/i.test(line)) complaints.policy.push(line)
    else if (message.type() === 'error' && !expected.some((one) => one.test(line))) complaints.errors.push(line)
  })
  context.on('weberror', (error) => complaints.errors.push(String(error.error().stack ?? error.error())))
  return context.newPage()
}

export const phone = (origin, expected = []) => person(origin, PHONE, expected)

/** A phone whose camera sees what was last photographed; the way from there is the real one: video, WebAssembly, page. */
export async function phoneWithCamera(origin, expected = []) {
  const folder = await mkdtemp(path.join(tmpdir(), 'lvzhi-camera-'))
  folders.push(folder)
  const film = path.join(folder, 'film.mjpeg')
  const browser = await launch(['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', `--use-file-for-fake-video-capture=${film}`])
  const page = await person(origin, PHONE, expected, browser)
  return {
    page,
    /** A film of one picture: JPEG pictures in a row are what MJPEG is. Seen from the next time that the camera is opened. */
    async photograph(other) {
      await other.screenshot({ path: `${film}.jpg`, type: 'jpeg', quality: 95 })
      await rename(`${film}.jpg`, film)
    },
  }
}

/** A picture for people to look at; answers where it is. */
export async function picture(page, name, options = {}) {
  const file = path.join(screens, `journey-${name}.png`)
  await page.screenshot({ path: file, animations: 'disabled', ...options })
  return file
}

/** What any reader of QR codes finds on a picture of the page. */
export async function scanned(page, name) {
  const { stdout } = await run('zbarimg', ['-q', '--raw', await picture(page, name)])
  return stdout.trim().split('\n')
}

/** Asks axe about the page as it is: WCAG 2.1 A and AA, nothing left out. */
export async function accessible(page, name) {
  // A word that comes and goes is half transparent while it does; it is waited out, or its colours were judged by chance.
  await page.waitForFunction(() => !document.querySelector('.el-message'))
  // Evaluated by the debugger, so that the page's policy stays as strict as it is.
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    // Half-faded colours would be judged as if they stayed.
    const passing = document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
    await Promise.all(passing.map((one) => one.finished.catch(() => {})))
    return globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations'] })
  })
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ')}`)
  check(`no WCAG 2.1 A/AA failure: ${name}`, told.length === 0, told)
}

export function clean() {
  const first = (list) => list.slice(0, 3).map((one) => one.slice(0, 400))
  const { foreign, policy, unguarded, errors } = complaints
  check('no page asked another host than its own', foreign.length === 0, first(foreign))
  check('every page came with the strict content security policy', pages > 0 && unguarded.length === 0, first(unguarded))
  check('the content security policy refused nothing', policy.length === 0, first(policy))
  check('no console held an error', errors.length === 0, first(errors))
}

export async function closeBrowsers() {
  for (const browser of open) await browser.close().catch(() => {})
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
}
