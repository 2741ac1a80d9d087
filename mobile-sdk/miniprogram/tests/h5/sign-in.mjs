// Signing in: by a scanned link with a log-in in between, by typed code with a lost answer, by the camera; leaving and coming back.

import { fingers, phone, picture, withCamera } from './browser.mjs'
import { at, keep, logInBySms } from './steps.mjs'

export async function walk(world) {
  const { server, h5, browser, check, part, accessible } = world
  const [first, second] = server.representatives
  const page = await phone(browser, h5.url)

  await part('scanned link', async () => {
    await page.goto(`${h5.url}/`)
    await page.getByRole('button', { name: '扫码签到' }).waitFor()
    await picture(page, 'home-visitor', true)
    await accessible(page, 'home of a visitor')
    await page.goto(`${h5.url}/c/${(await server.hallCode()).code}`)
    await page.getByRole('button', { name: '登录并签到' }).waitFor()
    check('the scanned link shows the sitting before log-in', (await page.locator('.lv-head .lv-h1').innerText()).length > 2)
    await picture(page, 'sign-visitor')
    await accessible(page, 'scanned link')
    await page.getByRole('button', { name: '登录并签到' }).click()
    await page.locator('#phone').waitFor()
    let sent = 0
    page.on('request', (request) => { if (request.url().endsWith('/auth/sms_codes')) sent += 1 })
    await page.fill('#phone', first.phone)
    await page.getByRole('button', { name: '获取验证码' }).click()
    await page.getByText('请先阅读隐私说明并勾选同意').waitFor()
    check('no phone number is sent before consent', sent === 0)
    await accessible(page, 'log-in')
    const touch = await fingers(page)
    check('every control is at least 44 px high, nothing is wider than the phone', touch.small.length === 0 && touch.wide <= 0, touch)
    await picture(page, 'login')
    const answer = page.waitForResponse((one) => one.url().endsWith('/check_ins'))
    await logInBySms(world, page, first.phone)
    check('logging in signs in by itself', (await answer).status() === 201)
    await page.getByText('签到成功').waitFor()
    check('the green tick names the person', (await page.locator('.lv-who').innerText()) === first.name)
    await picture(page, 'signed-in')
    await accessible(page, 'signed in')
  })

  await part('again', async () => {
    const time = await page.locator('.lv-fact', { hasText: '签到时间' }).innerText()
    await page.goto(`${h5.url}/c/${(await server.hallCode()).code}`)
    await page.getByRole('button', { name: '签到', exact: true }).click()
    await page.getByText('您已签到').waitFor()
    check('a second scan shows the first time', (await page.locator('.lv-fact', { hasText: '签到时间' }).innerText()) === time)
    await picture(page, 'signed-in-already')
  })

  await part('leaving and coming back', async () => {
    await page.getByRole('button', { name: '签退离场' }).click()
    await page.getByRole('dialog').waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'dialog')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    check('the sheet takes the keyboard and gives it back', await page.evaluate(() => document.activeElement?.textContent.includes('签退离场')))
    await page.getByRole('button', { name: '签退离场' }).click()
    await page.getByRole('dialog').waitFor()
    await picture(page, 'leaving')
    await accessible(page, 'leaving')
    await page.getByRole('button', { name: '确定签退' }).click()
    await page.locator('.wd-overlay').waitFor({ state: 'hidden' })
    await page.locator('.presence-title', { hasText: '已签退' }).waitFor()
    await picture(page, 'left')
    await page.getByRole('button', { name: '我回来了' }).click()
    await page.getByText('已返回会场').waitFor()
    check('coming back is said', true)
  })

  await part('typed code with a lost answer', async () => {
    const other = await phone(browser, h5.url, { viewport: { width: 320, height: 640 } })
    await other.goto(`${h5.url}/c`)
    await other.getByRole('button', { name: '登录', exact: true }).click()
    await logInBySms(world, other, second.phone)
    await other.locator('#typed').waitFor()
    const { typed_code } = await server.hallCode()
    await other.fill('#typed', typed_code === '000000' ? '111111' : '000000')
    await other.getByRole('button', { name: '签到', exact: true }).click()
    await other.getByText('请看着大屏幕重新输入').waitFor()
    check('wrong digits say what to do', true)
    check('nothing is wider than a 320 px phone', (await fingers(other)).wide <= 0, await fingers(other))
    await accessible(other, 'typed code')
    await picture(other, 'typed')
    // The server hears the sign-in, but every answer is lost on the way until the network is back.
    let lost = 0
    await other.route('**/check_ins', async (route) => {
      lost += 1
      await route.fetch()
      await route.abort('connectionreset')
    })
    await other.fill('#typed', (await server.hallCode()).typed_code)
    await other.getByRole('button', { name: '签到', exact: true }).click()
    await other.getByRole('button', { name: '重试' }).waitFor()
    check('a lost network says so and offers to try again', lost > 0 && /网络/.test(await other.locator('.lv-note.bad').innerText()), await other.locator('.lv-note.bad').innerText())
    await other.unroute('**/check_ins')
    await other.getByRole('button', { name: '重试' }).click()
    await other.getByText('签到成功').waitFor()
    check('the repetition gives the first answer', (await other.locator('.lv-who').innerText()) === second.name)
    await keep(world, 'second', other)
    await other.context().close()
  })

  await part('camera', async () => {
    const third = server.representatives[2]
    const other = await phone(browser, h5.url)
    const show = await withCamera(other)
    const wasm = []
    other.on('request', (request) => { if (/\.wasm|barcode/.test(request.url())) wasm.push(request.url()) })
    await other.goto(at(world, '/pages/home/index'))
    await other.getByRole('button', { name: /^登录/ }).click()
    await logInBySms(world, other, third.phone)
    await other.locator('.home-greet', { hasText: third.name }).waitFor()
    await other.getByText('正在签到').waitFor()
    await picture(other, 'home', true)
    await accessible(other, 'home of a representative')
    check('the reader is not loaded before the camera is opened', wasm.length === 0, wasm)
    await other.getByRole('button', { name: '扫码签到' }).click()
    await other.locator('video').waitFor()
    await show(await qr(other, 'https://example.com/something'))
    await other.getByText('这不是本平台的二维码').waitFor()
    check('a QR code of something else is said to be foreign', true)
    await picture(other, 'scan')
    await accessible(other, 'scanner')
    const { link } = await server.hallCode()
    await show(await qr(other, link))
    await other.getByText('签到成功').waitFor()
    check('the camera reads the code of the hall and signs in', (await other.locator('.lv-who').innerText()) === third.name)
    check('the reader and its WebAssembly come from this host', wasm.some((one) => one.endsWith('.wasm')) && wasm.every((one) => one.startsWith(h5.url)), wasm)
    await keep(world, 'third', other)
    await other.context().close()
  })
  await page.context().close()
}

/** A QR code as a picture, drawn by the library that the pages use. */
export async function qr(_page, text) {
  const { default: qrcode } = await import('qrcode-generator')
  const code = qrcode(0, 'M')
  code.addData(text, 'Byte')
  code.make()
  return code.createDataURL(8, 16)
}
