// What anyone may see: congresses and their representatives, privacy, checking a certificate; and a voter's home.

import { phone, picture } from './browser.mjs'
import { at, enter, logInBySms } from './steps.mjs'

export async function walk(world) {
  const { h5, server, browser, check, part, accessible } = world
  const page = await phone(browser, h5.url)

  await part('congress', async () => {
    await page.goto(at(world, '/public/congresses/index'))
    await page.locator('.lv-row').first().waitFor()
    await picture(page, 'congresses', true)
    await accessible(page, 'congresses')
    await page.fill('#search', '没有这个地方')
    await page.getByRole('button', { name: '查找' }).click()
    await page.getByText('请换一个地区名称').waitFor()
    check('nothing found says what to try', true)
    const [all] = (await server.call('GET', '/congresses?limit=1')).items
    await page.fill('#search', all.name.slice(0, 3))
    await page.getByRole('button', { name: '查找' }).click()
    await page.locator('.lv-row', { hasText: all.name }).first().click()
    await page.locator('.reps-mark').first().waitFor()
    await picture(page, 'representatives')
    await accessible(page, 'representatives')
    const name = server.representatives[0].name
    await page.fill('#search', name)
    await page.getByRole('button', { name: '查找' }).click()
    await page.waitForFunction((one) => [...document.querySelectorAll('.reps-mark')].length > 0 && [...document.querySelectorAll('.lv-row')].every((row) => row.textContent.includes(one)), name)
    check('representatives are found by name, without a log-in', true)
  })

  await part('certificate of nobody', async () => {
    await page.goto(at(world, '/public/certificate/index'))
    await page.getByRole('button', { name: '查验', exact: true }).click()
    await page.getByText('请输入完整的证明编号').waitFor()
    await picture(page, 'certificate-check')
    await accessible(page, 'checking a certificate')
    await page.goto(`${h5.url}/certificate/0199a0de-0000-7000-8000-00000000dead`)
    await page.getByText('没有找到这份证明').waitFor()
    check('an unknown certificate is said to be unknown', true)
    await accessible(page, 'unknown certificate')
  })

  await part('privacy', async () => {
    await page.goto(at(world, '/pages/privacy/index'))
    await page.getByText('您的权利').waitFor()
    await picture(page, 'privacy', true)
    await accessible(page, 'privacy')
  })

  await part('voter', async () => {
    await enter(world, page, logInBySms, server.voters[0])
    check('a voter is led to the representatives', (await page.getByRole('button', { name: /^查找人大代表/ }).count()) === 1)
    await picture(page, 'home-voter', true)
    await accessible(page, 'home of a voter')
    await page.goto(at(world, '/pages/code/index'))
    await page.getByText('您没有可用的代表席位').waitFor()
    await accessible(page, 'code of a voter')
  })
  await page.context().close()
}
