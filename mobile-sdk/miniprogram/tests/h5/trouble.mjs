// What goes wrong around a phone: no camera, a refused one, a foreign or forged code, a full store, an old client, no network at all.

import { phone, picture, withCamera } from './browser.mjs'
import { at, enter, logInByPassword } from './steps.mjs'

const throwing = (page, name) =>
  page.addInitScript((error) => {
    if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => {
      throw new DOMException('test', error)
    }
  }, name)

export async function walk(world) {
  const { h5, server, browser, check, part, accessible } = world

  for (const [error, title] of [['NotAllowedError', '没有相机权限'], ['NotFoundError', '没有找到相机'], ['NotReadableError', '相机被占用']]) {
    await part(`camera: ${error}`, async () => {
      const page = await phone(browser, h5.url)
      await throwing(page, error)
      await page.goto(at(world, '/pages/scan/index'))
      await page.getByText(title).waitFor()
      check(`${error} has its own screen with another way to sign in`, (await page.getByRole('button', { name: '改为输入签到码' }).count()) === 1)
      await picture(page, `camera-${error}`)
      await accessible(page, `camera ${error}`)
      await page.context().close()
    })
  }

  await part('the reader does not load', async () => {
    const page = await phone(browser, h5.url)
    await withCamera(page)
    await page.route(/barcode/, (route) => route.abort())
    await page.goto(at(world, '/pages/scan/index'))
    await page.getByText('扫码组件没有加载成功').waitFor()
    check('a reader that does not load is said', true)
    await page.context().close()
  })

  await part('forged code', async () => {
    const page = await phone(browser, h5.url)
    const { code } = await server.hallCode()
    await page.goto(`${h5.url}/c/${code.slice(0, -3)}${code.slice(-3, -2) === 'A' ? 'B' : 'A'}${code.slice(-2)}`)
    await page.getByRole('button', { name: '重新扫码' }).waitFor()
    check('a forged code offers to scan again or to type', (await page.getByRole('button', { name: '改为输入签到码' }).count()) === 1)
    await picture(page, 'code-forged')
    await accessible(page, 'forged code')
    await page.context().close()
  })

  await part('no network at the scan', async () => {
    const page = await phone(browser, h5.url)
    await page.route('**/api/**', (route) => route.abort('internetdisconnected'))
    await page.goto(`${h5.url}/c/${(await server.hallCode()).code}`)
    await page.getByText('网络不通').first().waitFor()
    await picture(page, 'offline')
    await page.unroute('**/api/**')
    await page.getByRole('button', { name: '重试' }).click()
    await page.getByRole('button', { name: '登录并签到' }).waitFor()
    check('trying again goes on where the network was lost', true)
    await page.context().close()
  })

  await part('old client', async () => {
    const page = await phone(browser, h5.url)
    await page.route('**/api/v1/congresses**', (route) => route.fulfill({ status: 426, contentType: 'application/problem+json', body: JSON.stringify({ type: '/problems/client_outdated', title: '版本过旧', status: 426, code: 'client_outdated', request_id: 'test' }) }))
    await page.goto(at(world, '/public/congresses/index'))
    await page.getByText('版本过旧，请更新').waitFor()
    check('an old client is asked to update', (await page.getByRole('button', { name: '立即更新' }).count()) === 1)
    await picture(page, 'outdated')
    await accessible(page, 'old client')
    await page.context().close()
  })

  await part('full store', async () => {
    const page = await phone(browser, h5.url)
    await enter(world, page, logInByPassword, server.clerk)
    await page.goto(at(world, '/gate/enrol/index'))
    await page.locator('#name').fill('西门签到点')
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('test', 'QuotaExceededError')
      }
    })
    await page.locator('#name').fill('西门签到点（北侧）')
    await page.getByText('内容可能无法保存').waitFor()
    check('a full store is said where something is typed', true)
    await page.getByRole('button', { name: '启用', exact: true }).last().click()
    await page.getByText('无法保存签到点密钥').waitFor()
    check('a full store does not use up the enrolment code', true)
    await picture(page, 'storage-full')
    await page.context().close()
  })
}
