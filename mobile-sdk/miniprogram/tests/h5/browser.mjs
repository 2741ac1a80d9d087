// Phones in a real browser: contexts that note every foreign request, refused policy and broken script, a camera that sees what it is shown, and axe.

import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
export const screens = fileURLToPath(new URL('../../../../target/screens', import.meta.url))
mkdirSync(screens, { recursive: true })

export const launch = () =>
  chromium.launch({
    executablePath: process.env.LVZHI_TEST_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'],
  })

/** What must stay empty. */
export const complaints = { foreign: [], policy: [], broken: [] }

export async function phone(browser, origin, options = {}) {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, ...options })
  context.setDefaultTimeout(15_000)
  context.on('request', (request) => {
    const { protocol, origin: from } = new URL(request.url())
    if (protocol.startsWith('http') && from !== origin) complaints.foreign.push(request.url())
  })
  context.on('console', (message) => {
    if (/Content.Security.Policy/i.test(message.text())) complaints.policy.push(message.text())
  })
  context.on('weberror', (error) => complaints.broken.push(String(error.error().stack || error.error())))
  const page = await context.newPage()
  return page
}

/** Replaces the camera by a picture that a test sets with `show`; the rest of the way (video, WebAssembly reader) is the real one. */
export async function withCamera(page) {
  await page.addInitScript(() => {
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = 720
    const paint = canvas.getContext('2d')
    let picture = null
    setInterval(() => {
      paint.fillStyle = '#888'
      paint.fillRect(0, 0, 720, 720)
      if (picture) {
        paint.fillStyle = '#fff'
        paint.fillRect(70, 70, 580, 580)
        paint.drawImage(picture, 100, 100, 520, 520)
      }
    }, 60)
    window.showToCamera = (source) =>
      new Promise((resolve) => {
        if (!source) {
          picture = null
          return resolve()
        }
        const next = new Image()
        next.onload = () => {
          picture = next
          resolve()
        }
        next.src = source
      })
    // A blank page has no camera at all.
    if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(15)
  })
  return (source) => page.evaluate((one) => window.showToCamera(one), source)
}

/** Serious findings of axe on what is shown now, WCAG 2.1 A and AA. */
export async function accessibility(page) {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations'] }))
  return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '').slice(0, 140)).slice(0, 4).join(' | ')}`)
}

export async function picture(page, name, fullPage = false) {
  await page.screenshot({ path: path.join(screens, `h5-${name}.png`), fullPage, animations: 'disabled' })
}

/** Everything a finger must hit: too small ones, and how much wider than the phone the page is. */
export const fingers = (page) =>
  page.evaluate(() => ({
    small: [...document.querySelectorAll('button, a, input, textarea')].filter((node) => node.offsetParent && node.getBoundingClientRect().height < 44).map((node) => node.textContent || node.id),
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  }))
