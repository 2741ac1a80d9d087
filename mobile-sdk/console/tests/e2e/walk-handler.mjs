// 承办单位: an account for its officer, the officer's desk from sign-for to the reply, and what the supervisors see of it.
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { choose, dialog, fillDate, go, logIn, picture, settled } from './hands.mjs'
import { Proposals } from './proposals.mjs'

/** Logs somebody of the staff in, in a browser of their own. */
async function seated(stage, account) {
  const page = await (await stage.context()).newPage()
  await page.goto(`${stage.base}/console/login`)
  await logIn(page, account)
  await page.waitForURL((url) => !url.pathname.endsWith('/login'))
  await settled(page)
  return page
}

const inDays = (days) => new Date(Date.now() + days * 86_400_000 + 8 * 3_600_000).toISOString().slice(0, 10)
const LEAD = '市住建局'
const CO = '市交通局'
const MAIN = '关于增加老旧小区电动自行车充电设施的建议'
const SECOND = '关于打通城东片区断头路的建议'
const WRONG = '关于改善农村学校供暖条件的建议'

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
    await form.getByLabel('承办单位', { exact: true }).locator('xpath=ancestor::*[contains(concat(" ",@class," ")," el-select ")]').click()
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
  const all = {}
  await part('proposals are made and assigned', async () => {
    all.proposals = await Proposals.of(stage)
    all.main = await all.proposals.assigned(MAIN, LEAD, [CO])
    all.second = await all.proposals.assigned(SECOND, LEAD)
    all.wrong = await all.proposals.assigned(WRONG, LEAD)
    await all.proposals.liaison.call('PUT', `/proposals/${all.main}/key`, { is_key: true })
    all.page = await seated(stage, stage.account('handler'))
  })
  const { page, proposals } = all
  if (!page) return
  const now = page.locator('.now')
  const press = (name) => page.getByRole('button', { name, exact: true }).click()
  const send = async (name, said) => {
    await dialog(page).getByRole('button', { name, exact: true }).click()
    await page.locator('.el-message', { hasText: said }).last().waitFor()
    await dialog(page).waitFor({ state: 'hidden' })
    await settled(page)
  }

  await part("a handler's desk", async () => {
    check('the log-in of a handler leads to the desk', page.url().endsWith('/console/desk') && (await page.locator('h1').innerText()) === '承办件', page.url())
    check('a handler sees this menu only', (await page.locator('#nav a').allInnerTexts()).map((one) => one.trim()).join() === '承办件')
    for (const where of ['/staff', '/meetings', '/supervision', '/']) {
      await go(page, stage.base, where)
      check(`a handler's address ${where} leads to the desk`, page.url().endsWith('/console/desk'), page.url())
    }
    const rows = page.locator('tbody tr')
    await rows.nth(2).waitFor()
    check('everything the unit holds is there', (await rows.count()) === 3)
    const due = await page.locator('tbody .due b').allInnerTexts()
    check('by due date', due.length === 3 && due.join() === [...due].sort().join(), due)
    check('the light is also said', (await rows.first().locator('.due').innerText()).includes('期限内'), await rows.first().innerText())
    check('nothing is signed for without a choice', await page.getByRole('button', { name: '签收（0 件）' }).isDisabled())
    await picture(page, 'console-desk')
    await accessible(page, 'desk')
    await page.getByLabel(`选择：${MAIN}`).check()
    await page.getByLabel(`选择：${SECOND}`).check()
    await page.getByRole('button', { name: '签收（2 件）' }).click()
    await page.locator('tbody tr', { hasText: MAIN }).filter({ hasText: '办理中' }).waitFor()
    check('both are signed for, the third is not', (await proposals.part(all.second, LEAD)).state === 'handling' && (await proposals.part(all.wrong, LEAD)).state === 'assigned')
    await page.getByLabel('编号或标题').fill('断头路')
    await page.locator('tbody tr', { hasText: MAIN }).waitFor({ state: 'detached' })
    check('the search is in the address', new URL(page.url()).searchParams.get('q') === '断头路' && (await rows.count()) === 1)
  })

  await part('a re-assignment is asked for', async () => {
    await go(page, stage.base, '/desk')
    await page.getByRole('link', { name: WRONG }).click()
    await page.locator('.now').waitFor()
    check('what was not signed for offers two ways', (await now.getByRole('button').allInnerTexts()).join() === '签收,申请改办', await now.getByRole('button').allInnerTexts())
    await press('申请改办')
    check('without a reason it cannot be sent', await dialog(page).getByRole('button', { name: '提交' }).isDisabled())
    await dialog(page).getByLabel('申请理由').fill('学校供暖属教育部门职责')
    await choose(page, dialog(page), '建议改由（选填）', '昆州市教育体育局')
    await send('提交', '改办申请已提交')
    const told = (await proposals.seen(all.wrong)).requests[0]
    check('the staff see the reason and the unit', told.reason === '学校供暖属教育部门职责' && told.suggested_organisation_id === proposals.unit('市教体局').id, told)
    check('then it is the turn of others', (await now.getByRole('button').count()) === 0 && (await page.locator('main').innerText()).includes('目前无须本单位操作'))
  })

  await part('the handling of a proposal', async () => {
    await go(page, stage.base, '/desk')
    await page.getByRole('link', { name: MAIN }).click()
    await now.waitFor()
    check('what is missing before the reply is said', (await now.locator('.missing li').allInnerTexts()).join() === '双方确认的面商,全部协办意见,答复稿', await now.locator('.missing').innerText())
    await accessible(page, 'part of a handler')
    await press('登记联系代表')
    await dialog(page).getByLabel('联系情况').fill('已电话联系代表，约定面商。')
    await send('提交', '联系情况已登记')
    check('the contact is shown', (await now.innerText()).includes('首次联系代表'))
    await press('申请延期')
    await dialog(page).getByLabel('延期理由').fill('涉及多个部门，需要现场勘查')
    await send('提交', '延期申请已提交')
    check('an extension is asked for once', (await now.getByRole('button', { name: '申请延期' }).count()) === 0)

    await press('约请面商')
    await dialog(page).getByLabel('地点').fill('市住建局三楼会议室')
    await fillDate(page, '时间 1', `${inDays(2)} 10:00`)
    await dialog(page).getByRole('button', { name: '增加一个时间' }).click()
    await fillDate(page, '时间 2', `${inDays(3)} 15:00`)
    await picture(page, 'console-desk-offer')
    await accessible(page, 'a consultation is offered')
    await send('发出约请', '约请已发出')
    const offered = (await proposals.seen(all.main)).consultations[0]
    check('the author is offered both times', offered.slots.length === 2 && offered.slots[0].startsWith(`${inDays(2)}T02:00`), offered)
    check('notes of a talk that was not held are not asked for', (await page.getByRole('button', { name: '确认面商并填写纪要' }).count()) === 0)

    const talk = await proposals.meetsSoon(all.main, LEAD)
    await page.reload()
    await settled(page)
    // Nobody reloads: the button comes with the hour that was chosen.
    await press('确认面商并填写纪要')
    await dialog(page).getByLabel('面商纪要').fill('代表同意先在三个小区试点，年底前扩大范围。')
    await send('提交', '面商已确认，等待代表确认')
    check('one side is not enough', (await now.locator('.missing').innerText()).includes('双方确认的面商'))
    await proposals.author.call('POST', `/consultations/${talk}/confirm`, {})
  })

  await part('the opinion of a co-handler', async () => {
    const other = await seated(stage, stage.accounts.find((one) => one.login === 'handler2'))
    await other.getByRole('button', { name: '签收（0 件）' }).waitFor()
    await other.getByRole('link', { name: MAIN }).click()
    await other.getByRole('button', { name: '签收', exact: true }).click()
    await other.getByRole('button', { name: '提出协办意见' }).click()
    check('a co-handler is not offered the reply', (await other.getByRole('button', { name: /答复|面商|送审/ }).count()) === 0)
    await dialog(other).getByLabel('协办意见').fill('道路侧选址由我局配合办理占道手续。')
    await dialog(other).getByRole('button', { name: '提交' }).click()
    await other.locator('section', { hasText: '本单位协办意见' }).waitFor()
    check('the opinion is in', (await proposals.part(all.main, CO)).state === 'opined')
    await accessible(other, 'part of a co-handler')
    await other.context().close()
  })

  await part('the reply', async () => {
    await page.reload()
    await settled(page)
    check('only the draft is missing', (await now.locator('.missing li').allInnerTexts()).join() === '答复稿', await now.locator('.missing').innerText())
    await press('起草答复')
    await dialog(page).getByLabel('答复正文').fill('您提出的建议收悉。经研究，现答复如下。')
    await dialog(page).getByLabel('模板名称').fill('B 类答复')
    await choose(page, dialog(page), '办理结果', 'B 类')
    await press('将正文存为模板')
    await page.locator('.el-message', { hasText: '模板已保存' }).waitFor()
    await dialog(page).getByLabel('答复正文').fill('')
    await choose(page, dialog(page), '套用模板', 'B 类答复')
    check('a template fills the text', (await dialog(page).getByLabel('答复正文').inputValue()) === '您提出的建议收悉。经研究，现答复如下。')
    await dialog(page).getByLabel('承诺事项').fill('新建 200 个充电位')
    await fillDate(page, '完成日期', inDays(-1))
    check('a promise lies in the future', await dialog(page).getByRole('button', { name: '保存草稿' }).isDisabled())
    await fillDate(page, '完成日期', inDays(60))
    await picture(page, 'console-desk-reply')
    await accessible(page, 'a reply is drafted')
    await send('保存草稿', '答复稿已保存')
    check('a reply names whom to ask', (await now.locator('.missing li').allInnerTexts()).join() === '联系人和联系电话' && await page.getByRole('button', { name: '送审', exact: true }).isDisabled())
    await press('修改答复稿')
    check('the draft is there again', (await dialog(page).getByLabel('承诺事项').inputValue()) === '新建 200 个充电位')
    await dialog(page).getByLabel('联系人').fill('周强')
    await dialog(page).getByLabel('联系电话').fill('0871-6310 0000')
    await send('保存草稿', '答复稿已保存')
    await picture(page, 'console-desk-part', { fullPage: true })
    await press('送审')
    await send('送审', '已送审')
    check('the reply is in review and cites the opinion', (await proposals.part(all.main, LEAD)).state === 'committee_review' && (await page.locator('main').innerText()).includes('道路侧选址由我局配合办理占道手续。'))
    check('in review nothing is for the handler', (await now.getByRole('button').count()) === 0)
  })

  await part('a promise is followed up', async () => {
    await proposals.passedAndGraded(all.main, LEAD)
    await page.reload()
    await settled(page)
    await press('报告续办进展')
    await dialog(page).getByLabel('续办进展').fill('已建成 60 个充电位')
    await send('提交', '进展已报告')
    check('the outcome can be sent', await page.getByRole('button', { name: '续办结果送审' }).isVisible())
    await press('续办结果送审')
    await choose(page, dialog(page), '办理结果', 'C 类')
    await dialog(page).getByLabel('答复正文').fill('部分点位供电容量不足。')
    await dialog(page).getByLabel('联系人').fill('周强')
    await dialog(page).getByLabel('联系电话').fill('0871-6310 0000')
    check('class C says why', await dialog(page).getByRole('button', { name: '送审' }).isDisabled())
    await accessible(page, 'the outcome of a promise')
    await page.keyboard.press('Escape')
    await page.emulateMedia({ colorScheme: 'dark' })
    await settled(page)
    await picture(page, 'console-dark-desk-part', { fullPage: true })
    await accessible(page, 'part of a handler in the dark')
    await page.emulateMedia({ colorScheme: 'light' })
  })

  await part("the desk in English and on a tablet", async () => {
    await press('English')
    for (const where of ['/desk', `/desk/${all.second}/${(await proposals.part(all.second, LEAD)).id}`]) {
      await go(page, stage.base, where)
      const chrome = await page.evaluate(() => ['#nav', 'thead', '.filters', 'h2', 'dt', '.actions', '.missing', '.lights', '.tag'].flatMap((one) => Array.from(document.querySelectorAll(one), (node) => node.innerText)).join('\n'))
      check(`English is complete: ${where.split('/').length > 2 ? 'part' : 'desk'}`, chrome.length > 80 && !/[\u4e00-\u9fff]|\{\w+\}/.test(chrome), chrome)
    }
    await press('中文')
    await page.setViewportSize({ width: 820, height: 1180 })
    await settled(page)
    check('a part fits a tablet', await page.evaluate(() => document.documentElement.scrollWidth <= 820))
    await page.context().close()
  })

  await part('supervision', async () => {
    const watch = await seated(stage, stage.account('supervisor'))
    await go(watch, stage.base, '/supervision')
    const row = watch.locator('tbody tr', { hasText: '昆州市住房和城乡建设局' })
    await row.waitFor()
    check('what each unit holds is counted', /昆州市住房和城乡建设局\s+3\s+0\s+全部在期限内/.test(await row.innerText()), await row.innerText())
    // The demo's clock is today's: the server's own answer is shown as it would be ten working days after a deadline.
    await watch.route('**/proposal_overdue', async (route) => {
      const answer = await (await route.fetch()).json()
      const unit = answer.organisations.find((one) => one.organisation === '昆州市住房和城乡建设局')
      unit.late = 1
      unit.parts = [{ handling_id: all.second, proposal_id: all.second, title: SECOND, role: 'lead', due_kind: 'reply', due_on: inDays(-14), late_days: 10 }]
      await route.fulfill({ json: answer })
    })
    await watch.reload()
    await settled(watch)
    check('who is late comes first', (await watch.locator('tbody tr').first().innerText()).includes(`${SECOND}（逾期 10 个工作日）`), await watch.locator('tbody tr').first().innerText())
    await watch.getByRole('button', { name: '昆州市住房和城乡建设局' }).click()
    const detail = watch.getByRole('region', { name: '昆州市住房和城乡建设局：逾期明细' })
    check('and what is late is listed', (await detail.innerText()).includes(inDays(-14)) && (await detail.innerText()).includes('主办'))
    await picture(watch, 'console-supervision')
    await accessible(watch, 'supervision: overdue')
    await watch.getByRole('tab', { name: /重点建议/ }).click()
    await watch.locator('tbody tr', { hasText: MAIN }).waitFor()
    check('key proposals only', (await watch.locator('tbody tr').count()) === 1)
    await accessible(watch, 'supervision: key proposals')
    await watch.getByRole('tab', { name: /B 类续办/ }).click()
    await watch.locator('tbody tr', { hasText: '新建 200 个充电位' }).waitFor()
    check('an open promise stands with its day', (await watch.locator('tbody tr').innerText()).includes(inDays(60)))
    await accessible(watch, 'supervision: promises')
    await watch.context().close()
  })
}
