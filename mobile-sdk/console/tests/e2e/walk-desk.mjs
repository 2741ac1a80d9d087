// What makes a desk bearable: a session that ends without losing a form, the keyboard, certificates, the audit.
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { dialog, go, logIn, picture, settled } from './hands.mjs'

export async function desk(stage, page, shared) {
  const admin = stage.account('admin')

  await part('a session that ends in the middle of a form', async () => {
    await go(page, stage.base, '/structure?tab=organisations')
    await page.getByRole('button', { name: '新增承办单位' }).click()
    await dialog(page).getByLabel('名称', { exact: true }).fill('昆州市水务局')
    // Ended on the server, as an administrator or a lock would do it.
    const ended = await page.evaluate(async () => {
      const { access_token: token, session_id: id } = JSON.parse(localStorage.getItem('lvzhi.console.tokens'))
      return (await fetch(`/api/v1/me/sessions/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })).status
    })
    check('the session is ended', ended === 204, ended)
    await dialog(page).getByRole('button', { name: '保存' }).click()
    await page.getByRole('dialog', { name: '请重新登录' }).waitFor()
    check('the log-in stands over the page', page.url().includes('tab=organisations') && (await page.getByLabel('名称', { exact: true }).first().inputValue()) === '昆州市水务局')
    await picture(page, 'console-log-in-again')
    await accessible(page, 'log-in over a page')
    await logIn(page, admin)
    await page.locator('tbody tr', { hasText: '昆州市水务局' }).waitFor()
    check('what was typed is saved after the log-in, without typing it again', true)
  })

  await part('keyboard', async () => {
    await go(page, stage.base, '/structure?tab=organisations')
    await page.evaluate(() => document.activeElement?.blur())
    await page.keyboard.press('Tab')
    check('the first stop is the skip link', (await page.evaluate(() => document.activeElement?.textContent)) === '跳到正文')
    await page.keyboard.press('Enter')
    check('it leads to the content', await page.evaluate(() => document.activeElement?.id === 'main'))
    await page.keyboard.press('Tab')
    check('the focus can be seen', await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== 'none'))
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: '设置', selected: true }).waitFor()
    check('arrow keys move between tabs', page.url().includes('tab=settings'))
    await page.keyboard.press('ArrowLeft')
    const opener = page.getByRole('button', { name: '新增承办单位' })
    await opener.focus()
    await page.keyboard.press('Enter')
    await dialog(page).waitFor()
    for (let n = 0; n < 12; n += 1) await page.keyboard.press('Tab')
    check('the focus stays in the dialog', await page.evaluate(() => Boolean(document.activeElement?.closest('.el-dialog'))))
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'hidden' })
    check('Escape closes it and the focus comes back', await opener.evaluate((node) => document.activeElement === node))
  })

  await part('several congresses', async () => {
    await go(page, stage.base, '/structure?tab=settings')
    await page.getByRole('button', { name: '新建下级人大' }).click()
    await dialog(page).getByLabel('全称', { exact: true }).fill('南屏县人民代表大会')
    await dialog(page).getByLabel('简称', { exact: true }).fill('南屏县')
    await dialog(page).getByLabel('行政区划代码', { exact: true }).fill('539908')
    await dialog(page).getByRole('button', { name: '保存' }).click()
    await page.locator('tbody tr', { hasText: '南屏县人民代表大会' }).waitFor()
    await page.getByRole('button', { name: /昆州市人民代表大会/ }).click()
    await page.getByRole('menuitem', { name: '南屏县人民代表大会' }).click()
    await page.getByText('现在没有正在签到的场次').waitFor()
    check('the congress is switched', (await page.locator('.top').innerText()).includes('南屏县人民代表大会'))
    await settled(page)
    await accessible(page, 'an empty congress')
    for (const [where, words] of [['/representatives', '请先在“人大机构”中新增届次'], ['/structure', '还没有届次'], ['/meetings?view=list', '没有符合条件的会议'], ['/attendance', '所选范围还没有已结束的场次']]) {
      await go(page, stage.base, where)
      check(`an empty list says what to do: ${where}`, (await page.locator('main').innerText()).includes(words), (await page.locator('main').innerText()).slice(-120))
    }
    await picture(page, 'console-empty')
    await page.getByRole('button', { name: /南屏县人民代表大会/ }).click()
    await page.getByRole('menuitem', { name: '昆州市人民代表大会' }).click()
    await page.locator('.sitting').first().waitFor()
  })

  await part('roles', async () => {
    for (const [role, has, lacks] of [['clerk', ['会议', '出席证明'], ['工作人员', '审计', '消息发送记录']], ['supervisor', ['会议', '审计'], ['工作人员', '出席证明']], ['liaison', ['代表名册', '消息发送记录'], ['审计', '工作人员']]]) {
      const other = await (await stage.context()).newPage()
      await other.goto(`${stage.base}/console/`)
      await logIn(other, stage.account(role))
      await other.locator('#nav').waitFor()
      await settled(other)
      const nav = (await other.locator('#nav').innerText()).split('\n')
      check(`${role} is offered what the role allows`, has.every((one) => nav.includes(one)) && !lacks.some((one) => nav.includes(one)), nav)
      const links = await other.locator('#nav a').evaluateAll((all) => all.map((one) => new URL(one.href).pathname.slice('/console'.length)))
      const refused = []
      for (const where of [...links, '/structure?tab=bodies', '/structure?tab=units', '/structure?tab=settings', '/attendance?tab=warnings', '/account', `/sittings/${shared.sitting}?tab=flags`, `/sittings/${shared.sitting}?tab=leave`, `/sittings/${shared.sitting}?tab=gates`, `/sittings/${shared.sitting}/roster`]) {
        await go(other, stage.base, where)
        if (await other.locator('.error-note').count()) refused.push(`${where}: ${await other.locator('.error-note').first().innerText()}`)
      }
      check(`nothing that is offered to ${role} is refused`, refused.length === 0, refused)
      await go(other, stage.base, `/sittings/${shared.sitting}`)
      if (role !== 'clerk') check(`${role} runs no meeting`, (await other.getByRole('button', { name: /结束签到|开始签到|会场大屏/ }).count()) === 0)
      await other.context().close()
    }
    // Somebody who left the staff keeps the account, and nothing else.
    const left = { login: 'weiming', password: 'kunzhou-2026-npc' }
    const gone = await page.evaluate(async ({ login, password }) => {
      const { access_token: token } = JSON.parse(localStorage.getItem('lvzhi.console.tokens'))
      const call = async (method, where, body) => (await fetch(`/api/v1${where}`, { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) })).json()
      const congress = (await call('GET', '/me')).roles[0].congress_id
      const made = await call('POST', `/congresses/${congress}/staff`, { name: '会务 魏明', login, password, roles: ['clerk'] })
      return (await call('PUT', `/staff/${made.account_id}`, { congress_id: congress, roles: [] })).roles
    }, left)
    check('somebody leaves the staff', gone?.length === 0, gone)
    const other = await (await stage.context()).newPage()
    await other.goto(`${stage.base}/console/`)
    await other.fill('#login', left.login)
    await other.fill('#password', left.password)
    await other.click('.log-in .send')
    await other.getByText('工作台暂无您可以办理的事项').waitFor()
    check('who has nothing to do here is told so', true)
    await accessible(other, 'nothing to do')
    await other.context().close()
  })

  await part('certificates', async () => {
    await go(page, stage.base, '/certificates')
    await page.getByRole('combobox', { name: '代表' }).click()
    await page.getByRole('combobox', { name: '代表' }).fill('ouyang')
    await page.locator('.el-select-dropdown__item:visible', { hasText: '欧阳清和' }).click()
    await page.getByRole('combobox', { name: '会议' }).locator('xpath=ancestor::*[contains(@class,"el-select")][1]').click()
    await page.locator('.el-select-dropdown__item:visible', { hasText: '代表议案审议' }).click()
    await page.getByRole('button', { name: '出具证明' }).click()
    await page.locator('.seal.good').waitFor()
    check('a certificate holds the sitting that was attended', (await page.locator('main').innerText()).includes('第三次全体会议'))
    await picture(page, 'console-certificate')
    await accessible(page, 'certificate')
    await page.getByRole('button', { name: '撤销证明' }).click()
    await dialog(page).getByRole('button', { name: '撤销证明' }).click()
    await page.locator('.seal', { hasText: '已撤销' }).waitFor()
    check('a certificate is revoked', true)
  })

  await part('audit', async () => {
    await go(page, stage.base, '/audit?action=sitting.close')
    const rows = await page.locator('.table-box tbody tr').allInnerTexts()
    check('the audit tells who closed the sitting', rows.length === 1 && rows[0].includes('管理员 赵明') && rows[0].includes('结束签到'), rows)
    await page.getByRole('button', { name: '校验审计链' }).click()
    await page.locator('.check.good').waitFor()
    check('the chain is whole', true)
    await go(page, stage.base, '/audit')
    await page.getByRole('button', { name: '校验审计链' }).click()
    await page.locator('.check').waitFor()
    await picture(page, 'console-audit')
    await accessible(page, 'audit')
  })

  await part('own account', async () => {
    await go(page, stage.base, '/account')
    await page.locator('#pw-old').fill('wrong password 1')
    await page.locator('#pw-new').fill('kunzhou-2027-npc')
    await page.locator('#pw-again').fill('kunzhou-2027-npc')
    await page.getByRole('button', { name: '修改密码' }).click()
    await page.locator('[role="alert"]').waitFor()
    check('a wrong old password is told, and is no log-out', (await page.getByRole('dialog', { name: '请重新登录' }).count()) === 0)
    check('this very session is marked', (await page.locator('tr', { hasText: '当前设备' }).count()) === 1)
    await settled(page)
    await picture(page, 'console-account')
  })
}
