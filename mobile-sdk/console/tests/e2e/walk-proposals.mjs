// A proposal at the desk of the congress: filed on a representative's phone, registered, classified and assigned by the clerk,
// moved to another unit on request; and the supervisor, who sees all of it and is offered none of it.
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { dialog, go, logIn, Phone, picture, settled } from './hands.mjs'

const TITLE = '关于在老旧小区建设集中充电棚的建议'
const SIMILAR = '关于在老旧小区规范电动自行车停放的建议'
const TEXT = '近年来电动自行车保有量快速增长，老旧小区充电难、飞线充电问题突出。\n建议在有条件的小区统一建设充电棚，由供电公司配合增容。'

/** A desk with somebody at it, and the same person at the API. */
async function sit(stage, role) {
  const page = await (await stage.context()).newPage()
  await page.goto(`${stage.base}/console/`)
  await logIn(page, stage.account(role))
  await page.locator('#nav').waitFor()
  const api = new Phone(stage.base, '')
  api.token = await page.evaluate(() => JSON.parse(localStorage.getItem('lvzhi.console.tokens')).access_token)
  return { page, api }
}

/** Picks in a list that drops down; one that takes several stays open until something else is clicked. */
async function pick(page, within, label, option, aside) {
  await within.getByLabel(label, { exact: true }).locator('xpath=ancestor::*[contains(@class,"el-select__wrapper")][1]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: option }).first().click()
  if (aside) await aside.click()
  await page.locator('.el-select-dropdown:visible').first().waitFor({ state: 'hidden' })
}

const tag = (page, words) => page.locator('.page-head .tag', { hasText: words }).waitFor()
/** What is offered on the whole, the way back left out. */
const offered = (page) => page.locator('.page-head .row button').allInnerTexts()
/** Opens a dialog on the whole by its button. */
async function begin(page, deed) {
  await page.locator('.page-head').getByRole('button', { name: deed, exact: true }).click()
  await dialog(page).waitFor()
}
async function confirm(page, deed) {
  await dialog(page).getByRole('button', { name: deed, exact: true }).click()
  await dialog(page).waitFor({ state: 'hidden' })
  await settled(page)
}

export async function proposals(stage) {
  let clerk = null
  let congress = ''
  let first = ''

  await part('proposals are filed', async () => {
    clerk = await sit(stage, 'clerk')
    congress = (await clerk.api.call('GET', '/me')).roles[0].congress_id
    for (const name of ['市政园林', '社会服务']) await clerk.api.call('POST', `/congresses/${congress}/categories`, { name })
    const phone = await new Phone(stage.base, stage.accounts.find((one) => one.phone).phone).logIn()
    const file = async (title) => {
      const { id } = await phone.call('POST', `/congresses/${congress}/proposals`, { kind: 'suggestion', title, body: TEXT })
      await phone.call('POST', `/proposals/${id}/submit`, {})
      return id
    }
    await file(SIMILAR)
    first = await file(TITLE)
    await go(clerk.page, stage.base, '/proposals')
    const rows = await clerk.page.locator('tbody tr').allInnerTexts()
    check('the list has what was filed, the newest first', rows.length >= 2 && rows[0].includes(TITLE) && rows[0].includes('待审核') && rows[1].includes(SIMILAR), rows.slice(0, 3))
    await accessible(clerk.page, 'proposals')
  })

  await part('filters of proposals', async () => {
    const { page } = clerk
    await page.getByLabel('标题中的文字', { exact: true }).fill('停放')
    await page.waitForURL(/title=/)
    await page.getByRole('link', { name: TITLE }).waitFor({ state: 'detached' })
    await settled(page)
    check('the list is narrowed by the title', (await page.locator('tbody tr').count()) === 1 && (await page.locator('tbody tr').innerText()).includes(SIMILAR))
    await page.reload()
    await settled(page)
    check('a reload keeps the filter', (await page.getByLabel('标题中的文字', { exact: true }).inputValue()) === '停放' && (await page.locator('tbody tr').count()) === 1)
    await page.getByRole('button', { name: '清除筛选' }).click()
    await page.getByRole('link', { name: TITLE }).waitFor()
    check('and it is cleared at once', !page.url().includes('title='))
    await pick(page, page.locator('.filters'), '状态', '已办结')
    await page.getByText('没有符合条件的记录').waitFor()
    check('a state that nothing is in says so', page.url().includes('state=closed'))
  })

  await part('the clerk registers, classifies and assigns', async () => {
    const { page } = clerk
    await go(page, stage.base, '/proposals')
    await page.getByRole('link', { name: TITLE }).click()
    await tag(page, '待审核')
    await settled(page)
    check('on a filed proposal stands what can be done with it', (await offered(page)).sort().join() === ['并案', '登记', '退回补充'].sort().join(), await offered(page))
    check('its text is shown with its paragraphs', (await page.locator('.body').innerText()) === TEXT)
    await accessible(page, 'a filed proposal')
    await begin(page, '退回补充')
    check('it goes back only with a word why', await dialog(page).getByRole('button', { name: '退回补充', exact: true }).isDisabled())
    await accessible(page, 'dialog with a note')
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'hidden' })
    await begin(page, '登记')
    await confirm(page, '登记')
    await tag(page, '已登记')
    await page.locator('.steps li', { hasText: '登记' }).waitFor()
    check('registered it has a number', /\d+-\d+-建议-\d{4}/.test(await page.locator('.page-head').innerText()), await page.locator('.page-head').innerText())
    await begin(page, '分类')
    await pick(page, dialog(page), '类别', '市政园林')
    await confirm(page, '分类')
    await tag(page, '待交办')
    check('classified it says its category', (await page.locator('.page-head').innerText()).includes('市政园林'))
    await begin(page, '交办')
    check('it is assigned to somebody', await dialog(page).getByRole('button', { name: '交办', exact: true }).isDisabled())
    await pick(page, dialog(page), '主办单位', '住房和城乡建设局')
    await pick(page, dialog(page), '协办单位（选填）', '生态环境局', dialog(page).locator('.el-dialog__title'))
    await accessible(page, 'assignment')
    await picture(page, 'console-proposal-assign')
    await confirm(page, '交办')
    await tag(page, '待签收')
    const parts = await page.locator('.part').allInnerTexts()
    check('lead and co-handler have their parts and dates', parts.length === 2 && /主办[\s\S]*签收期限[\s\S]*\d{4}-\d{2}-\d{2}/.test(parts[0]) && /协办[\s\S]*签收期限/.test(parts[1]), parts)
    await page.locator('.steps li', { hasText: '交办' }).waitFor()
    check('the timeline has the steps in their order', /提交[\s\S]*登记[\s\S]*分类[\s\S]*交办/.test(await page.locator('.steps').innerText()))
    await begin(page, '列为重点')
    await confirm(page, '列为重点')
    await page.locator('.page-head .key').waitFor()
    check('a key proposal can be taken back, and no more returned', (await offered(page)).join() === '取消重点', await offered(page))
    await accessible(page, 'an assigned proposal')
    await picture(page, 'console-proposal', { fullPage: true })
  })

  await part('re-assignment on request', async () => {
    const handler = await sit(stage, 'handler')
    const seen = await handler.api.call('GET', `/proposals/${first}`)
    const own = seen.handlings.find((one) => one.role === 'lead')
    await handler.api.call('POST', `/handlings/${own.id}/reassignment`, { note: '充电设施由市交通局主管，不属于我局职责' })
    await handler.page.context().close()
    const { page } = await sit(stage, 'liaison')
    await go(page, stage.base, `/proposals/${first}`)
    await tag(page, '申请改办')
    const due = await page.locator('.due', { has: page.getByRole('button', { name: '期限如何计算' }) }).innerText()
    check('the staff have a date of their own for the decision, with its light', /未到期[\s\S]*改办决定期限[\s\S]*\d{4}-\d{2}-\d{2}/.test(due), due)
    await page.getByRole('button', { name: '期限如何计算' }).click()
    await page.locator('.told li').first().waitFor()
    const told = await page.locator('.told').innerText()
    check('a due date tells how it was reached', told.includes('改办决定') && told.includes('条例第十六条'), told)
    await accessible(page, 'derivation of a due date')
    await picture(page, 'console-proposal-derivation')
    await page.keyboard.press('Escape')
    await page.locator('.part').getByRole('button', { name: '决定改办' }).click()
    check('what was asked stands in the dialog', (await dialog(page).innerText()).includes('不属于我局职责'))
    check('nothing is decided beforehand', await dialog(page).getByRole('button', { name: '确定' }).isDisabled())
    await dialog(page).getByText('同意改办').click()
    await pick(page, dialog(page), '改由谁办理', '交通运输局')
    await accessible(page, 'decision about a request')
    await confirm(page, '确定')
    await tag(page, '待签收')
    const parts = (await page.locator('.part').allInnerTexts()).join('\n')
    check('custody has passed, and the old part is still shown', /住房和城乡建设局[\s\S]*已改办/.test(parts) && parts.includes('昆州市交通运输局') && parts.includes('已同意'), parts)
    check('with nothing left to decide', (await page.locator('.part button', { hasText: '决定' }).count()) === 0)
    await page.context().close()
  })

  await part('two at the same desk', async () => {
    const { page } = clerk
    await go(page, stage.base, '/proposals')
    await page.getByRole('link', { name: SIMILAR }).click()
    await tag(page, '待审核')
    await begin(page, '登记')
    // A colleague is faster.
    await clerk.api.call('POST', `/proposals/${/proposals\/([0-9a-f-]+)/.exec(page.url())[1]}/register`, {})
    await dialog(page).getByRole('button', { name: '登记', exact: true }).click()
    await dialog(page).locator('[role="alert"]').waitFor()
    check('who comes second is told', (await dialog(page).locator('[role="alert"]').innerText()).includes('当前状态不能进行此操作'))
    await tag(page, '已登记')
    check('and the page behind is up to date', true)
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'hidden' })
    await begin(page, '并案')
    await pick(page, dialog(page), '并入', TITLE)
    await accessible(page, 'merging')
    await confirm(page, '并案')
    await tag(page, '已并案')
    await page.getByRole('link', { name: '查看并入的建议' }).click()
    await page.locator('h1', { hasText: TITLE }).waitFor()
    await settled(page)
    check('merged it leads to the other', page.url().endsWith(first))
  })

  await part('the supervisor looks on', async () => {
    const { page } = await sit(stage, 'supervisor')
    await page.locator('#nav').getByRole('link', { name: '建议办理' }).click()
    await page.getByRole('link', { name: TITLE }).click()
    await tag(page, '待签收')
    await settled(page)
    check('the supervisor reads text, parts and timeline', (await page.locator('.body').innerText()) === TEXT && (await page.locator('.part').count()) === 3 && (await page.locator('.steps li', { hasText: '改办' }).count()) > 0)
    check('and is offered nothing to do', (await page.locator('.page-head .row button, .part header button').count()) === 0, await offered(page))
    await page.context().close()
  })

  await part('proposals in the dark and in English', async () => {
    const { page } = clerk
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const [name, where] of [['proposals', '/proposals'], ['proposal', `/proposals/${first}`]]) {
      await go(page, stage.base, where)
      await accessible(page, `${name} in the dark`)
      await picture(page, `console-dark-${name}`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await go(page, stage.base, '/proposals')
    await picture(page, 'console-proposals')
    await page.getByRole('button', { name: 'English' }).click()
    await page.locator('h1', { hasText: 'Proposals' }).waitFor()
    for (const [name, where] of [['proposals', '/proposals'], ['proposal', `/proposals/${first}`]]) {
      await go(page, stage.base, where)
      const chrome = await page.evaluate(() => ['.page-head .row', '.page-head .tag', '#nav', 'thead', '.filters', 'h2', 'dt', '.part .role', '.part .tag', '.people .tag', '.steps b'].flatMap((one) => Array.from(document.querySelectorAll(one), (node) => node.innerText)).join('\n'))
      if (name === 'proposal') check('the steps are told in English', chrome.includes('Re-assignment asked for'))
      check(`English is complete: ${name}`, chrome.length > 50 && !/[\u4e00-\u9fff]/.test(chrome) && !/\{\w+\}/.test(chrome), /.{0,20}[\u4e00-\u9fff].{0,20}/.exec(chrome)?.[0])
      await picture(page, `console-en-${name}`)
    }
    await page.context().close()
  })
}
