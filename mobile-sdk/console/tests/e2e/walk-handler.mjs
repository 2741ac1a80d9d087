// 承办单位: an account for its officer, the officer's desk from sign-for to the reply, and what the supervisors see of it.
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { choose, dialog, go, logIn, picture, settled } from './hands.mjs'

/** Logs somebody of the staff in, in a browser of their own. */
async function seated(stage, account) {
  const page = await (await stage.context()).newPage()
  await page.goto(`${stage.base}/console/login`)
  await logIn(page, account)
  await page.waitForURL((url) => !url.pathname.endsWith('/login'))
  await settled(page)
  return page
}

export async function handler(stage) {
  await part('an account for a handler', async () => {
    const page = await seated(stage, stage.account('admin'))
    await go(page, stage.base, '/staff')
    await page.getByRole('button', { name: '新增工作人员' }).click()
    const form = dialog(page)
    await form.getByLabel('姓名', { exact: true }).fill('经办 高原')
    await form.getByLabel('账号', { exact: true }).fill('gaoyuan')
    await form.getByLabel('初始密码', { exact: true }).fill('kunzhou-2026-npc')
    check('a unit is not asked of other roles', (await form.getByLabel('承办单位', { exact: true }).count()) === 0)
    await form.getByText('经办人', { exact: true }).click()
    check('a handler without a unit cannot be saved', await form.getByRole('button', { name: '保存' }).isDisabled())
    await form.getByLabel('承办单位', { exact: true }).locator('xpath=ancestor::*[contains(@class,"el-select")][1]').click()
    const options = page.locator('.el-select-dropdown:visible .el-select-dropdown__item')
    await options.first().waitFor()
    const units = await options.allInnerTexts()
    await options.first().click()
    await form.getByText('承办单位办公室负责人（与经办人一并收到期限提醒）').click()
    await picture(page, 'console-staff-handler')
    await accessible(page, 'a handler is entered')
    await form.getByRole('button', { name: '保存' }).click()
    const row = page.locator('tbody tr', { hasText: 'gaoyuan' })
    await row.waitFor()
    check('the list shows the unit and who heads its office', (await row.innerText()).includes(units[0]) && (await row.innerText()).includes('（负责人）'), await row.innerText())
    await row.getByRole('button', { name: /编辑/ }).click()
    await choose(page, dialog(page), '承办单位', units[1])
    await dialog(page).getByText('承办单位办公室负责人（与经办人一并收到期限提醒）').click()
    await dialog(page).getByRole('button', { name: '保存' }).click()
    await row.filter({ hasText: units[1] }).waitFor()
    check('the unit is changed and the head is none any more', !(await row.innerText()).includes('（负责人）'), await row.innerText())
    await page.context().close()
  })
}
