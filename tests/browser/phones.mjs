// Three representatives with their phones, and a staff phone as the gate.

import { accessible, phone, phoneWithCamera, picture } from './browsers.mjs'
import { check } from './count.mjs'
import { freshCode, shownInTime } from './hall.mjs'
import { smsCode, until } from './servers.mjs'

/** On the log-in page: number, consent, code from the SMS. */
async function logIn(world, page, one) {
  const since = Date.now()
  await page.fill('#phone', one.phone)
  await page.getByRole('checkbox').click()
  await page.getByRole('button', { name: '获取验证码' }).click()
  await page.getByText('验证码已发送').waitFor()
  await page.fill('#code', await until(`an SMS for ${one.name}`, () => smsCode(world.stage.phones, one.phone, since)))
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

async function fromHome(world, page, one) {
  await page.goto(`${world.stage.phones}/`)
  await page.getByRole('button', { name: /^登录/ }).click()
  await logIn(world, page, one)
  await page.locator('.home-greet', { hasText: one.name }).waitFor()
}

/** Scans the code of the hall screen with the phone's camera. */
export async function byCamera(world) {
  const [one] = world.people
  const { page, photograph } = await phoneWithCamera(world.stage.phones)
  await page.goto(`${world.stage.phones}/`)
  await page.getByRole('button', { name: '扫码签到' }).waitFor()
  await picture(page, 'phone-visitor')
  await accessible(page, 'home of a visitor')
  await fromHome(world, page, one)
  await page.getByText('正在签到').waitFor()
  await picture(page, 'phone-home')
  await accessible(page, 'home of a representative')
  await freshCode(world.hall, '#qr')
  await photograph(world.hall)
  await page.getByRole('button', { name: '扫码签到' }).click()
  await page.getByText('签到成功').waitFor()
  check('the camera reads the hall screen and signs in', (await page.locator('.lv-who').innerText()) === one.name)
  await shownInTime(world, page, '/check_ins', one.name, 1)
  await picture(page, 'phone-signed-in')
  await accessible(page, 'signed in')
  await page.context().close()
}

/** Types the six digits from the hall screen. */
export async function byDigits(world) {
  const one = world.people[1]
  const page = await phone(world.stage.phones)
  await page.goto(`${world.stage.phones}/c`)
  await page.getByRole('button', { name: '登录', exact: true }).click()
  await page.locator('#phone').waitFor()
  await accessible(page, 'log-in')
  await logIn(world, page, one)
  await page.locator('#typed').waitFor()
  await page.fill('#typed', (await world.hall.locator('#typed').innerText()).replace(/\D/g, ''))
  await picture(page, 'phone-typed')
  await accessible(page, 'typed code')
  await page.getByRole('button', { name: '签到', exact: true }).click()
  await page.getByText('签到成功').waitFor()
  check('the typed digits sign in', (await page.locator('.lv-who').innerText()) === one.name)
  await shownInTime(world, page, '/check_ins', one.name, 2)
  await page.context().close()
}

/** The staff phone becomes a gate: its camera scans the code of the console, then the hall screen for the sitting. */
export async function becomeGate(world) {
  // What the browser says of a network that the journey itself cuts.
  const { page, photograph } = await phoneWithCamera(world.stage.phones, [/ERR_INTERNET_DISCONNECTED/])
  await page.goto(`${world.stage.phones}/gate`)
  await photograph(world.clerk)
  await page.getByRole('button', { name: '扫描启用二维码' }).click()
  await page.getByText('选择场次').first().waitFor()
  check('the one-time code of the console makes the phone a gate', (await page.locator('.lv-bar-title').innerText()) === world.gateName)
  await accessible(page, 'gate without a sitting')
  await freshCode(world.hall, '#qr')
  await photograph(world.hall)
  await page.getByRole('button', { name: '扫描大屏幕上的签到码选择场次' }).click()
  await page.getByText('名单已更新').waitFor()
  check('the code of the hall names the sitting, its roster is on board', /4 人/.test(await page.locator('.lv-fact', { hasText: '名单' }).innerText()))
  await picture(page, 'gate-desk')
  await accessible(page, 'the gate’s desk')
  world.gate = { page, photograph }
}

/** A representative shows their code; the gate reads it without a network, and tells the server when that is back. */
export async function byGate(world) {
  const one = world.people[2]
  const { page: gate, photograph } = world.gate
  const mine = await phone(world.stage.phones)
  await fromHome(world, mine, one)
  await mine.getByRole('button', { name: /^我的代表码/ }).click()
  await mine.locator('img.lv-qr-picture').waitFor()
  await picture(mine, 'phone-code')
  await accessible(mine, 'my code')

  // The pages for scanning come aboard with the roster; nobody has opened them yet when the network goes.
  await gate.waitForFunction(() => performance.getEntriesByType('resource').some((one) => /\/assets\/gate-scan-[^/]*\.js$/.test(one.name)))
  await gate.context().setOffline(true)
  await gate.getByText('离线，可继续扫码').waitFor()
  await freshCode(mine, 'img.lv-qr-picture')
  await photograph(mine)
  await gate.getByRole('button', { name: '开始扫码' }).click()
  const verdict = await gate.waitForFunction(() => document.querySelector('.gate-verdict.pass')?.innerText)
  await picture(gate, 'gate-green')
  const words = await verdict.jsonValue()
  check('without a network the gate is green and names who comes', words.includes(one.name) && words.includes('请进'), words)
  await gate.locator('.gate-verdict').waitFor({ state: 'hidden' })
  check('one scan waits for the network', (await gate.locator('.gate-pending').innerText()).includes('1 条'))
  await accessible(gate, 'scanning at the gate')
  check('the hall knows nothing of it yet', await world.hall.evaluate(() => globalThis.seen.at(-1).present === 2))

  await gate.context().setOffline(false)
  await gate.waitForFunction(() => document.querySelector('.gate-pending').textContent.includes('0 条'))
  check('the scan is uploaded by itself when the network is back', true)
  await shownInTime(world, gate, '/gate_events', one.name, 3)
  await gate.getByRole('button', { name: '扫码记录' }).click()
  await gate.locator('.gate-row', { hasText: one.name }).waitFor()
  check('the record of the scan has its outcome', (await gate.locator('.gate-row').allInnerTexts()).some((row) => row.includes(one.name) && row.includes('请进')))
  await picture(gate, 'gate-events')
  await accessible(gate, 'scans of the gate')
  await gate.context().close()
  await mine.context().close()
}
