// What a person does at the console, and what a representative's phone does at the API.
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { freshCode, run, screens } from './stage.mjs'

/** A picture for people to look at. Whatever moves has stopped. */
export async function picture(page, name, options = {}) {
  await page.screenshot({ path: path.join(screens, `${name}.png`), animations: 'disabled', ...options })
}

/** What a camera reads on a picture of the page. */
export async function scan(page, name) {
  await picture(page, name)
  const { stdout } = await run('zbarimg', ['-q', '--raw', path.join(screens, `${name}.png`)])
  return stdout.trim().split('\n')
}

export async function logIn(page, { login, password, totp_secret }) {
  await page.fill('#login', login)
  await page.fill('#password', password)
  await page.click('.log-in .send')
  await page.locator('#code').waitFor()
  await page.fill('#code', await freshCode(totp_secret, login))
  await page.click('.log-in .send')
}

/** A page whose tables and skeletons have come to rest. */
export async function settled(page) {
  await page.waitForLoadState('load')
  await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('[aria-busy="true"], .el-skeleton, .bone, .el-loading-mask'))
  await page.evaluate(() => document.fonts.ready)
}

export async function go(page, base, where) {
  await page.goto(`${base}/console${where}`)
  await settled(page)
}

/** The open dialog; element plus keeps closed ones in the page. */
export const dialog = (page) => page.locator('.el-dialog:visible').last()

export async function fillDate(page, label, value) {
  const box = dialog(page).getByLabel(label, { exact: true })
  await box.click()
  await box.fill(value)
  await box.press('Enter')
  // The panel closes with Enter; what it covered can be used again.
  await page.locator('.el-picker-panel:visible').waitFor({ state: 'hidden' })
}

export async function choose(page, within, label, option) {
  // The visible box lies over the input that carries the name.
  await within.getByLabel(label, { exact: true }).locator('xpath=ancestor::*[contains(concat(" ",@class," ")," el-select ")]').click()
  const item = page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: option }).first()
  await item.waitFor()
  await still(page)
  await item.click()
}

/** Nothing unfolds any more: on a list that still grows, press and release would hit two different lines. */
export async function still(page) {
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => {}))))
}

export class Phone {
  constructor(base, phone) {
    this.base = base
    this.phone = phone
    this.device = randomUUID()
  }

  async call(method, where, body, headers = {}) {
    const answer = await fetch(`${this.base}/api/v1${where}`, {
      method,
      headers: { 'content-type': 'application/json', ...(this.token ? { authorization: `Bearer ${this.token}` } : {}), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text.slice(0, 300)}`)
    return text ? JSON.parse(text) : null
  }

  async logIn() {
    const seen = new Set((await this.call('GET', '/demo/messages')).items.map((one) => one.at + one.to))
    await this.call('POST', '/auth/sms_codes', { phone: this.phone })
    const until = Date.now() + 5000
    for (;;) {
      const fresh = (await this.call('GET', '/demo/messages')).items.find((one) => one.to.endsWith(this.phone.slice(-4)) && !seen.has(one.at + one.to))
      const code = fresh && /\d{6}/.exec(fresh.text)
      if (code) {
        const tokens = await this.call('POST', '/auth/sms', { phone: this.phone, code: code[0], device_id: this.device, device_name: 'phone of the walk' })
        this.token = tokens.access_token
        return this
      }
      if (Date.now() > until) throw new Error(`no code for ${this.phone}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  signIn(sitting, code) {
    return this.call('POST', `/sittings/${sitting}/check_ins`, { kind: 'hall_code', code }, { 'idempotency-key': randomUUID() })
  }
}

/** Milliseconds from `since` until the page shows it; null when it does not within two seconds. */
export async function shownWithin(page, since, test, argument) {
  try {
    await page.waitForFunction(test, argument, { timeout: 2000, polling: 20 })
    return Date.now() - since
  } catch {
    return null
  }
}
