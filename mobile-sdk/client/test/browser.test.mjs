// Two tabs of a real browser on the real server: one session between them, one refresh, one log-out, and a live count.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { startDemo } from './demo.mjs'

let demo
let browser
let tabs
const asked = []

before(async () => {
  demo = await startDemo()
  browser = await chromium.launch({
    executablePath: process.env.LVZHI_TEST_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
  const context = await browser.newContext()
  await context.route('**/try/*', (route) => {
    const name = new URL(route.request().url()).pathname.slice('/try/'.length)
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(new URL(`../dist/${name}`, import.meta.url)) })
  })
  context.on('request', (request) => asked.push(new URL(request.url()).pathname))
  tabs = await Promise.all([1, 2].map(async () => {
    const page = await context.newPage()
    // Any answer of the server will do: what counts is where the page comes from.
    await page.goto(`${demo.url}/readyz`)
    await page.evaluate(async () => {
      const { createClient } = await import('/try/index.js')
      const { fetchTransport, webStorage } = await import('/try/web.js')
      globalThis.out = 0
      globalThis.client = createClient({ baseUrl: '', transport: fetchTransport(), storage: webStorage(), onSignedOut: () => { globalThis.out += 1 } })
    })
    return page
  }))
})
after(async () => {
  await browser?.close()
  await demo?.stop()
})

test('who logs in in one tab is logged in in the other', async () => {
  const { login, password, totp_code } = await demo.staff('clerk')
  await tabs[0].evaluate((body) => globalThis.client.auth_password({ body: { ...body, device_id: globalThis.client.deviceId, device_name: 'browser' } }), { login, password, totp_code })
  assert.equal(await tabs[1].evaluate(() => globalThis.client.session.signedIn), true)
})

test('forty requests in two tabs find a dead token: one refresh', async () => {
  for (let round = 0; round < 3; round += 1) {
    await tabs[0].evaluate(() => {
      const held = JSON.parse(localStorage.getItem('lvzhi.tokens'))
      localStorage.setItem('lvzhi.tokens', JSON.stringify({ ...held, access_token: 'spoiled' }))
    })
    asked.length = 0
    const answers = await Promise.all(tabs.map((tab) => tab.evaluate(async () => (await Promise.all(Array.from({ length: 20 }, () => globalThis.client.me_get()))).length)))
    assert.deepEqual(answers, [20, 20])
    assert.equal(asked.filter((path) => path.endsWith('/auth/refresh')).length, 1)
  }
})

test('a sitting is watched by WebSocket', { timeout: 20_000 }, async () => {
  const board = await tabs[1].evaluate((id) => new Promise((done) => {
    const live = globalThis.client.live(id, { onBoard: (now) => (live.close(), done(now)) })
  }), demo.account('screen').sitting_id)
  assert.equal(board.sitting.state, 'open')
  assert.ok(board.counts.voting_total > 0)
})

test('who logs out in one tab is logged out in the other, and told', async () => {
  await tabs[0].evaluate(() => globalThis.client.auth_logout())
  await tabs[1].waitForFunction(() => globalThis.out === 1)
  assert.equal(await tabs[1].evaluate(() => globalThis.client.session.signedIn), false)
  assert.equal(await tabs[0].evaluate(() => globalThis.out), 0)
})
