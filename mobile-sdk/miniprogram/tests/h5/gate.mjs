// A staff phone as a gate: enrolled, roster on board, network cut; codes are shown by other phones and read by its camera; then it syncs.

import { phone, picture, withCamera } from './browser.mjs'
import { at, logInByPassword } from './steps.mjs'
import { qr } from './sign-in.mjs'

/** The picture on a representative's phone, as it is shown now. */
const shown = (page) => page.locator('img.lv-qr-picture').getAttribute('src')

export async function walk(world) {
  const { h5, server, browser, check, part, accessible } = world
  const second = server.representatives[1]
  const mine = await phone(browser, h5.url, { storageState: world.states.second })
  const gate = await phone(browser, h5.url)
  const show = await withCamera(gate)

  await part('my code', async () => {
    await mine.goto(at(world, '/pages/home/index'))
    await mine.getByRole('button', { name: /^我的代表码/ }).click()
    await mine.locator('img.lv-qr-picture').waitFor()
    await mine.waitForTimeout(400)
    await picture(mine, 'code', true)
    await accessible(mine, 'my code')
    await mine.context().setOffline(true)
    const before = await shown(mine)
    await mine.waitForFunction((old) => document.querySelector('img.lv-qr-picture').src !== old, before, { timeout: 20_000 })
    check('the code changes by itself, also without a network', true)
    await mine.context().setOffline(false)
  })

  await part('staff log-in with second factor', async () => {
    await gate.goto(at(world, '/pages/login/index'))
    await gate.getByRole('radio', { name: '工作人员账号' }).click()
    await picture(gate, 'login-staff')
    await accessible(gate, 'staff log-in')
    await logInByPassword(world, gate, server.clerk)
    await gate.locator('.home-greet', { hasText: server.clerk.name.split(' ').pop() }).waitFor()
    check('a clerk gets in with the second factor', true)
    await picture(gate, 'home-staff', true)
  })

  await part('enrolment', async () => {
    await gate.goto(at(world, '/gate/enrol/index'))
    await gate.locator('#name').waitFor()
    await picture(gate, 'gate-enrol', true)
    await accessible(gate, 'setting up a gate')
    // The office's link: everything of it stands behind `#`.
    const congress = (await server.call('GET', '/me', { token: await server.asClerk() })).roles[0].congress_id
    const made = await server.call('POST', `/congresses/${congress}/gates`, { token: await server.asClerk(), body: { name: '东门签到点' }, key: 'gate-' + Date.now() })
    await gate.goto('about:blank')
    await gate.goto(made.enrol_link.replace('http://phone.test', h5.url))
    await gate.getByText('选择场次').first().waitFor()
    check('the scanned link makes the phone a gate', (await gate.locator('.lv-bar-title').innerText()) === '东门签到点')
    await picture(gate, 'gate-choose', true)
    await accessible(gate, 'choosing a sitting')
    const sitting = await server.call('GET', `/sittings/${server.sittingId}`, { token: await server.asClerk() })
    await gate.locator('.lv-row', { hasText: sitting.title }).first().click()
    await gate.getByText('名单已更新').waitFor()
    check('the roster is on board', /\d+ 人/.test(await gate.locator('.lv-fact', { hasText: '名单' }).innerText()))
    await picture(gate, 'gate-desk', true)
    await accessible(gate, 'the gate’s desk')
  })

  await part('offline', async () => {
    await gate.getByRole('button', { name: '开始扫码' }).click()
    await gate.locator('video').waitFor()
    // The reader is loaded while there is a network, as it is at the door in the morning.
    await show(await qr(gate, 'https://example.com/'))
    await gate.locator('.gate-verdict.stop').waitFor()
    check('a foreign code is red', (await gate.locator('.gate-verdict-word').innerText()) === '不是代表码')
    await gate.getByRole('button', { name: '下一位' }).click()
    await show(null)
    check('a foreign code waits for no upload', (await gate.locator('.gate-pending').innerText()).includes('0 条'))
    await gate.context().setOffline(true)
    await gate.getByText('离线，可继续扫码').waitFor()

    const picked = await shown(mine)
    await show(picked)
    await gate.locator('.gate-verdict.pass').waitFor()
    const text = await gate.locator('.gate-verdict').innerText()
    check('a live code is green with name and seat, without a network', text.includes(second.name) && /座/.test(text) && /请进/.test(text), text)
    await picture(gate, 'gate-green')
    await accessible(gate, 'green')
    await gate.locator('.gate-verdict').waitFor({ state: 'hidden' })
    check('one scan waits', (await gate.locator('.gate-pending').innerText()).includes('1 条'), await gate.locator('.gate-pending').innerText())

    // A picture of the code, shown when two steps have passed.
    await show(null)
    await mine.waitForFunction((old) => document.querySelector('img.lv-qr-picture').src !== old, picked, { timeout: 20_000 })
    const later = await shown(mine)
    await mine.waitForFunction((old) => document.querySelector('img.lv-qr-picture').src !== old, later, { timeout: 20_000 })
    await show(picked)
    await gate.locator('.gate-verdict.stop').waitFor()
    const refused = await gate.locator('.gate-verdict').innerText()
    check('a picture of a code is red and says what to do', refused.includes('截图') && refused.includes('实时'), refused)
    await picture(gate, 'gate-red')
    await accessible(gate, 'red')
    await gate.getByRole('button', { name: '下一位' }).click()

    await show(await shown(mine))
    await gate.locator('.gate-verdict.pass').waitFor()
    check('who comes again is let in again and told apart', (await gate.locator('.gate-verdict-word').innerText()).includes('已签到'))
    await show(null)
    await gate.locator('.gate-verdict').waitFor({ state: 'hidden' })
    check('three scans wait', (await gate.locator('.gate-pending').innerText()).includes('3 条'), await gate.locator('.gate-pending').innerText())
    await picture(gate, 'gate-scan', true)
    await accessible(gate, 'scanning')
    const attended = (await server.call('GET', `/sittings/${server.sittingId}/attendance?q=${encodeURIComponent(second.name)}`, { token: await server.asClerk() })).items[0]
    check('the server knows nothing of it yet', !attended.at || attended.method !== 'gate', attended)
  })

  await part('sync', async () => {
    await gate.context().setOffline(false)
    await gate.waitForFunction(() => document.querySelector('.gate-pending').textContent.includes('0 条'), null, { timeout: 15_000 })
    check('the queue empties by itself when the network is back', true)
    await gate.getByRole('button', { name: '扫码记录' }).click()
    await gate.locator('.gate-row').first().waitFor()
    const rows = await gate.locator('.gate-row').allInnerTexts()
    check('each scan has its outcome', rows.length === 3 && rows.filter((one) => one.includes(second.name)).length === 3 && rows.some((one) => one.includes('截图')), rows)
    await picture(gate, 'gate-events', true)
    await accessible(gate, 'scans of a gate')
    const list = await server.call('GET', `/sittings/${server.sittingId}/attendance?q=${encodeURIComponent(second.name)}`, { token: await server.asClerk() })
    check('the server holds the sign-in', Boolean(list.items[0].at), list.items[0])
  })

  await part('restart and revocation', async () => {
    await gate.goto('about:blank')
    await gate.goto(at(world, '/gate/desk/index'))
    await gate.getByRole('button', { name: '开始扫码' }).waitFor()
    check('after a restart the gate and its roster are still there', (await gate.locator('.lv-fact', { hasText: '已放行' }).innerText()).includes('1 人'), await gate.locator('.lv-fact', { hasText: '已放行' }).innerText())
    const congress = (await server.call('GET', '/me', { token: await server.asClerk() })).roles[0].congress_id
    const { items } = await server.call('GET', `/congresses/${congress}/gates`, { token: await server.asClerk() })
    await server.call('POST', `/gates/${items.find((one) => one.name === '东门签到点' && one.state === 'enrolled').id}/revoke`, { token: await server.asClerk(), body: {} })
    await gate.getByRole('button', { name: '更新名单' }).click()
    await gate.getByText('这个签到点已被停用').waitFor()
    check('a revoked gate says so', true)
    await picture(gate, 'gate-revoked', true)
  })

  await mine.context().close()
  await gate.context().close()
}
