// The pages in a real browser under the server's own policy: nothing from elsewhere, nothing refused, readable for everyone.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { operations } from '../src/contract.mjs'
import { serve } from './serve.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const screens = fileURLToPath(new URL('../build/screens/', import.meta.url))
const PHONE = { width: 390, height: 844 }
const DESKTOP = { width: 1440, height: 900 }
const KINDS = ['', 'errors', 'sdk', 'check_in_create', 'representative_import', 'my_sitting_list', 'live_watch', 'attendance_xlsx']

let server
let browser

before(async () => {
  mkdirSync(screens, { recursive: true })
  server = await serve()
  browser = await chromium.launch({
    executablePath: process.env.LVZHI_TEST_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** Runs `work` with a page whose complaints and requests are watched. */
async function open(options, work, { url = server.url } = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const complaints = []
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()) })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => { if (!request.url().startsWith(new URL(url).origin)) complaints.push(`asked ${request.url()}`) })
  page.on('response', (answer) => { if (answer.status() >= 400) complaints.push(`${answer.status()} ${answer.url()}`) })
  try {
    await work(page)
  } finally {
    await context.close()
  }
  assert.deepEqual(complaints, [])
}

test('every operation has its page, at its own address, as wide as a phone', async () => {
  await open({ viewport: PHONE }, async (page) => {
    for (const { id, method, path } of operations) {
      await page.goto(server.url + id, { waitUntil: 'domcontentloaded' })
      assert.equal(await page.textContent('h1 .id'), id)
      assert.ok((await page.textContent('.call')).includes(path), id)
      assert.equal(await page.locator('#menu a[aria-current]').count(), 1, id)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.equal(wide, 0, `${method} ${id} is wider than the phone`)
    }
  })
})

test('no WCAG 2.1 A or AA failure: phone and desktop, light and dark, both languages', async () => {
  const looks = [['phone', 'light', 'zh'], ['phone', 'dark', 'en'], ['desktop', 'light', 'en'], ['desktop', 'dark', 'zh']]
  for (const [device, colorScheme, language] of looks) {
    await open({ viewport: { phone: PHONE, desktop: DESKTOP }[device], colorScheme }, async (page) => {
      for (const kind of KINDS) {
        await page.goto(`${server.url}${kind}?lang=${language}`)
        await page.screenshot({ path: `${screens}${kind || 'start'}-${device}-${colorScheme}-${language}.png` })
        await page.evaluate(() => { for (const one of document.querySelectorAll('details')) one.open = true })
        await page.evaluate(AXE)
        const { violations, passes } = await page.evaluate(() => globalThis.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }))
        assert.ok(passes.some((one) => one.id === 'color-contrast'))
        assert.deepEqual(violations.map((one) => [one.id, one.nodes.slice(0, 4).map((node) => node.html)]), [], `${kind} ${device} ${colorScheme} ${language}`)
      }
    })
  }
})

test('letters twice as large still fit a phone', async () => {
  await open({ viewport: PHONE }, async (page) => {
    for (const kind of KINDS) {
      await page.goto(server.url + kind)
      await page.evaluate(() => { document.documentElement.style.fontSize = '200%' })
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.equal(wide, 0, kind)
      if (kind === 'check_in_create') await page.screenshot({ path: `${screens}large-text.png` })
    }
  })
})

test('search by keyboard finds operations by Chinese, English, field and error code', async () => {
  await open({ viewport: DESKTOP }, async (page) => {
    await page.goto(server.url)
    for (const [asked, first] of [['签到', 'check_in_create'], ['leave ask', 'leave_request_create'], ['code_expired', 'errors#code_expired'], ['refresh_in_ms', 'code_get']]) {
      await page.locator('main').click({ position: { x: 5, y: 5 } })
      await page.keyboard.press('/')
      await page.fill('#find', asked)
      const hit = page.locator('#results a').first()
      await page.waitForFunction((end) => document.querySelector('#results a')?.href.endsWith(end), `/docs/${first}`)
      assert.match(await page.textContent('#found'), /\d/)
      await page.keyboard.press('ArrowDown')
      assert.equal(await hit.evaluate((one) => one === document.activeElement), true)
    }
    await page.screenshot({ path: `${screens}search-desktop.png` })
    await page.keyboard.press('Enter')
    await page.waitForURL(`${server.url}code_get`)
  })
})

test('on a phone the menu opens, searches and closes', async () => {
  await open({ viewport: PHONE }, async (page) => {
    await page.goto(`${server.url}check_in_create`)
    assert.equal(await page.locator('#menu').isVisible(), false)
    await page.locator('.to-menu').focus()
    await page.keyboard.press('Enter')
    await page.fill('#find', 'quorum')
    await page.locator('#results a').first().waitFor()
    await page.screenshot({ path: `${screens}menu-phone.png` })
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('#menu').isVisible(), false)
  })
})

test('language and brightness are kept from page to page', async () => {
  await open({ viewport: DESKTOP, colorScheme: 'light' }, async (page) => {
    await page.goto(`${server.url}check_in_create`)
    assert.match(await page.title(), /^签到 check_in_create/)
    await page.click('#language')
    await page.click('#theme')
    await page.goto(`${server.url}sitting_open`)
    assert.equal(await page.title(), 'Open a sitting for sign-in sitting_open · lvzhi API')
    assert.deepEqual(await page.evaluate(() => [document.documentElement.lang, document.documentElement.dataset.theme]), ['en', 'dark'])
    assert.equal(await page.locator('h1 .zh').isVisible(), false)
  })
})

test('an example can be copied', async () => {
  await open({ viewport: DESKTOP, permissions: ['clipboard-read', 'clipboard-write'] }, async (page) => {
    await page.goto(`${server.url}sitting_open`)
    await page.locator('.examples .copy').first().click()
    await page.locator('.copy', { hasText: '已复制' }).waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /await client\.sitting_open\(/)
  })
})

test('without JavaScript everything can be read, and the menu opened', async () => {
  await open({ viewport: PHONE, javaScriptEnabled: false }, async (page) => {
    await page.goto(`${server.url}check_in_create`)
    assert.equal(await page.locator('h1 .zh').isVisible(), true)
    assert.equal(await page.locator('#own-errors').isVisible(), true)
    await page.click('.to-menu')
    assert.equal(await page.locator('#contents').isVisible(), true)
  })
})

test('a server that shows the start page for every path still leads to the operation', async () => {
  const other = await serve({ plain: true })
  try {
    await open({ viewport: DESKTOP }, async (page) => {
      await page.goto(`${other.url}check_in_create`)
      await page.waitForURL(`${other.url}check_in_create.html`)
      assert.equal(await page.textContent('h1 .id'), 'check_in_create')
    }, other)
  } finally {
    await other.stop()
  }
})
