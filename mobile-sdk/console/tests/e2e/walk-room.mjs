// A sitting from plan to export: meeting, sitting, roster, open, hall screen, sign-ins by phone and by hand, flags, leave, gate, close.
import { readFile } from 'node:fs/promises'
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { dialog, fillDate, go, Phone, picture, scan, settled, shownWithin } from './hands.mjs'

const present = (page) => page.evaluate(() => Number.parseInt(document.querySelector('#present')?.textContent ?? '', 10))
const presentIs = (wanted) => Number.parseInt(document.querySelector('#present')?.textContent ?? '', 10) === wanted

/** When the server has answered, so that the delay of others is counted from there. */
const answered = (page, tail) => page.waitForResponse((one) => one.url().endsWith(tail) && one.request().method() === 'POST').then((one) => ({ status: one.status(), at: Date.now() }))

/** Parts of the hall screen that reach out of their place. */
function cutOff() {
  const edge = document.querySelector('.ticker').getBoundingClientRect().top
  return Array.from(document.querySelectorAll('.hall-left > *, .hall-right > *')).filter((node) => node.getBoundingClientRect().bottom > edge + 1).map((node) => node.id || node.className)
}

export async function room(stage, page, shared) {
  const today = new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10)
  let hall = null
  let screenUrl = ''

  await part('a meeting is planned', async () => {
    await go(page, stage.base, '/meetings')
    await page.getByRole('button', { name: '新建会议' }).click()
    await dialog(page).getByLabel('会议名称', { exact: true }).fill('昆州市第十五届人民代表大会第五次会议代表议案审议')
    await accessible(page, 'form of a meeting')
    await picture(page, 'console-meeting-new')
    await dialog(page).getByRole('button', { name: '保存' }).click()
    await page.getByRole('button', { name: '新建场次' }).waitFor()
    await page.getByRole('button', { name: '新建场次' }).click()
    await dialog(page).getByLabel('场次名称', { exact: true }).fill('第三次全体会议')
    await dialog(page).getByLabel('地点', { exact: true }).fill('昆州市人民大会堂')
    await fillDate(page, '开始时间', `${today} 00:05`)
    await fillDate(page, '结束时间', `${today} 23:55`)
    await fillDate(page, '迟到起算时间', `${today} 23:50`)
    await accessible(page, 'form of a sitting')
    await picture(page, 'console-sitting-new')
    await dialog(page).getByRole('button', { name: '保存' }).click()
    await page.getByRole('link', { name: '第三次全体会议', exact: true }).first().waitFor()
    check('the sitting has the times that were typed', (await page.locator('tbody tr').first().innerText()).includes(`${today} 00:05–23:55`), await page.locator('tbody tr').first().innerText())
    await picture(page, 'console-meeting')
    await page.getByRole('link', { name: '第三次全体会议', exact: true }).first().click()
    await page.getByRole('button', { name: '开始签到' }).waitFor()
    shared.sitting = /sittings\/([0-9a-f-]+)/.exec(page.url())[1]
    await settled(page)
    await page.getByRole('button', { name: '开始签到' }).click()
    await dialog(page).getByRole('button', { name: '开始签到' }).click()
    await dialog(page).locator('[role="alert"]').waitFor()
    check('without a roster it does not open, and says why', (await dialog(page).locator('[role="alert"]').innerText()).includes('应到名单为空'), await dialog(page).locator('[role="alert"]').innerText())
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'hidden' })
  })

  await part('the hall screen before the opening', async () => {
    await page.getByRole('button', { name: '会场大屏' }).click()
    await page.locator('#screen-url').waitFor()
    const [link] = await scan(page, 'console-screen-link')
    screenUrl = await page.locator('#screen-url').inputValue()
    check('the link to the screen can be scanned', link === screenUrl && screenUrl.includes(`/screen/${shared.sitting}#token=`), link)
    await accessible(page, 'link to the screen')
    shared.hallContext = await stage.context({ viewport: { width: 1920, height: 1080 } })
    hall = await shared.hallContext.newPage()
    await hall.goto(screenUrl)
    await hall.getByText('签到尚未开始').waitFor()
    await hall.locator('#link.live').waitFor()
    check('the token has left the address bar', !hall.url().includes('token'), hall.url())
    check('before the opening no code is shown', await hall.locator('#qr').isHidden())
    check('without a roster no quorum is called reached', !(await hall.locator('.hall-right').innerText()).includes('已达法定人数'))
    await picture(hall, 'screen-waiting')
    await accessible(hall, 'hall screen before the opening')
  })

  await part('the roster', async () => {
    await go(page, stage.base, `/sittings/${shared.sitting}/roster`)
    await page.getByRole('button', { name: '编制名单' }).first().click()
    await accessible(page, 'form of a roster')
    await picture(page, 'console-roster-build')
    await dialog(page).getByText('全体代表', { exact: true }).click()
    await dialog(page).getByRole('button', { name: '编制名单' }).click()
    await page.locator('tbody tr').nth(10).waitFor()
    await page.getByRole('button', { name: '添加列席' }).click()
    await dialog(page).getByLabel('姓名', { exact: true }).fill('市发改委 韩立')
    await dialog(page).getByRole('button', { name: '保存' }).click()
    await page.locator('.page-head', { hasText: '列席 1' }).waitFor()
    check('seats and a guest are on the roster', /代表 50[0-9] · 列席 1/.test(await page.locator('.page-head').innerText()), await page.locator('.page-head').innerText())
    await picture(page, 'console-roster')
    await accessible(page, 'roster')
  })

  await part('open, and the hall screen', async () => {
    await go(page, stage.base, `/sittings/${shared.sitting}`)
    await page.getByRole('button', { name: '开始签到' }).click()
    await dialog(page).getByRole('button', { name: '开始签到' }).click()
    await page.getByRole('button', { name: '结束签到' }).waitFor()
    const shown = await shownWithin(hall, Date.now(), () => !document.querySelector('#qr').hidden)
    check('the opening brings the code to the hall by itself', shown !== null, shown)
    await hall.waitForFunction(() => /\d/.test(document.querySelector('#present').textContent))
    check('the hall says 签到中', (await hall.locator('#state').innerText()) === '签到中')
    check('the typed code is grouped 3 and 3', /^\d{3}\s*\d{3}$/.test((await hall.locator('#typed').innerText()).trim()))
    const [code] = await scan(hall, 'screen-1920')
    check('a camera reads the code of the hall', code.startsWith(`${stage.base}/c/`), code)
    shared.code = code.split('/c/')[1]
    await accessible(hall, 'hall screen')
    for (const [width, height] of [[1280, 720], [1440, 900], [1080, 1920]]) {
      await hall.setViewportSize({ width, height })
      await hall.waitForFunction((wide) => document.documentElement.scrollWidth <= wide, width)
      const cut = height < width ? await hall.evaluate(cutOff) : await hall.evaluate(() => (document.documentElement.scrollHeight > innerHeight ? [`${document.documentElement.scrollHeight} px high`] : []))
      check(`everything has its place at ${width}×${height}`, cut.length === 0, cut)
      const [read] = await scan(hall, `screen-${width}`)
      check(`the code can be read at ${width}×${height}`, read?.startsWith(`${stage.base}/c/`), read)
    }
    await hall.setViewportSize({ width: 1920, height: 1080 })
    await hall.emulateMedia({ colorScheme: 'dark' })
    const [dark] = await scan(hall, 'screen-dark')
    check('the code can be read on the dark screen', dark?.startsWith(`${stage.base}/c/`), dark)
    await accessible(hall, 'hall screen in the dark')
    await hall.emulateMedia({ colorScheme: 'light' })
  })

  await part('signed in by hand, seen in the hall', async () => {
    await go(page, stage.base, `/sittings/${shared.sitting}`)
    const before = await present(hall)
    await page.keyboard.press('/')
    check('a slash leads to the search', await page.evaluate(() => document.activeElement?.getAttribute('name') === 'search'))
    await page.keyboard.type('ouyang')
    await page.locator('.list tbody tr', { hasText: '欧阳清和' }).waitFor()
    await page.waitForFunction(() => document.querySelectorAll('.list tbody tr').length === 1)
    await page.keyboard.press('Enter')
    await dialog(page).getByText('手机没电，现场核对证件').click()
    await picture(page, 'console-sign-in')
    await accessible(page, 'form of a sign-in by hand')
    const answer = answered(page, '/by_clerk')
    await dialog(page).getByLabel('原因', { exact: true }).press('Enter')
    const { status, at } = await answer
    const counted = await shownWithin(hall, at, presentIs, before + 1)
    check('the hall counts a sign-in by hand within one second', status === 201 && counted !== null && counted <= 1000, `${status}, ${counted} ms`)
    const named = await shownWithin(hall, at, () => document.querySelector('#ticker').textContent.includes('欧阳清和'))
    check('the hall names who came within one second', named !== null && named <= 1000, named)
    // The frame names who came; how she came is in the list that is read again after it.
    await page.locator('.list tbody tr', { hasText: '人工' }).waitFor()
    check('the list shows who was signed in', (await page.locator('.list tbody tr').first().innerText()).includes('出席'))
  })

  await part('phones sign in, the room sees it', async () => {
    const rows = stage.accounts.filter((one) => one.role === 'representative' && one.phone)
    const first = await new Phone(stage.base, rows[0].phone).logIn()
    shared.phone = first
    await go(page, stage.base, `/sittings/${shared.sitting}`)
    await page.locator('p.link.open').waitFor()
    const hallCode = async () => (await scan(hall, 'screen-now'))[0].split('/c/')[1]
    await first.signIn(shared.sitting, await hallCode())
    const at = Date.now()
    const seen = await shownWithin(page, at, (name) => document.querySelector('.arrivals').textContent.includes(name), rows[0].name)
    check('the room names who signed in by phone within one second', seen !== null && seen <= 1000, seen)
    // Two people on one phone: somebody has to look at that.
    const second = new Phone(stage.base, rows[1].phone)
    second.device = first.device
    await (await second.logIn()).signIn(shared.sitting, await hallCode())
    await page.getByRole('tab', { name: /异常核实\s*1/ }).waitFor()
    check('two people on one phone are flagged without a reload', true)
    await picture(page, 'console-sitting')
    await accessible(page, 'sitting room')
    await picture(hall, 'screen-filling')
    await page.getByRole('tab', { name: /异常核实/ }).click()
    await page.locator('tbody tr').first().waitFor()
    check('the flag says who and why', (await page.locator('tbody').innerText()).includes(`与 ${rows[0].name} 使用同一部手机签到`), await page.locator('tbody').innerText())
    await picture(page, 'console-flags')
    await accessible(page, 'flags')
    const before = await present(hall)
    await page.getByRole('button', { name: /确认异常/ }).click()
    check('an upheld flag needs a reason', await dialog(page).getByRole('button', { name: '确认异常' }).isDisabled())
    await dialog(page).getByLabel('备注（选填）').fill('经核实为他人代签')
    await dialog(page).getByRole('button', { name: '确认异常' }).click()
    await page.locator('tbody', { hasText: '属实' }).waitFor()
    check('voiding the sign-in takes the person off the count', (await shownWithin(hall, Date.now(), presentIs, before - 1)) !== null, await present(hall))
  })

  await part('out and back', async () => {
    await go(page, stage.base, `/sittings/${shared.sitting}?q=ouyang`)
    const before = await present(hall)
    await page.getByRole('button', { name: '签退 欧阳清和' }).click()
    await dialog(page).getByRole('button', { name: '签退' }).click()
    await page.getByRole('button', { name: '返回会场 欧阳清和' }).waitFor()
    check('signing out lowers the count', (await shownWithin(hall, Date.now(), presentIs, before - 1)) !== null, await present(hall))
    await page.getByRole('button', { name: '返回会场 欧阳清和' }).click()
    await dialog(page).getByRole('button', { name: '返回会场' }).click()
    await page.getByRole('button', { name: '签退 欧阳清和' }).waitFor()
    check('coming back raises it again', (await shownWithin(hall, Date.now(), presentIs, before)) !== null, await present(hall))
  })

  await part('leave', async () => {
    const rows = stage.accounts.filter((one) => one.role === 'representative' && one.phone)
    const sick = await new Phone(stage.base, rows[2].phone).logIn()
    const [seat] = (await sick.call('GET', '/me/seats')).items
    await sick.call('POST', '/leave_requests', { grain: 'meeting', meeting_id: (await sick.call('GET', '/me/sittings?limit=200')).items.find((one) => one.sitting_id === shared.sitting).meeting_id, kind: 'sick', reason: '住院治疗', representative_id: seat.representative_id }, { 'idempotency-key': `walk-${Date.now()}` })
    await go(page, stage.base, `/sittings/${shared.sitting}?tab=leave`)
    await page.locator('tbody tr', { hasText: '住院治疗' }).waitFor()
    await picture(page, 'console-sitting-leave')
    await accessible(page, 'leave of a sitting')
    await go(page, stage.base, '/leave?state=requested')
    await page.locator('tbody tr', { hasText: rows[2].name }).waitFor()
    await picture(page, 'console-leave')
    shared.sick = rows[2].name
    const decide = page.getByRole('button', { name: `准假 ${rows[2].name}`, exact: true })
    await decide.click()
    await dialog(page).getByLabel(/给代表的说明/).fill('请安心休养')
    await dialog(page).getByRole('button', { name: '准假', exact: true }).click()
    await page.locator('.el-message, .el-dialog [role="alert"]').first().waitFor()
    shared.leaveAnswer = await page.locator('.el-dialog:visible [role="alert"]').innerText({ timeout: 300 }).catch(() => '')
    if (shared.leaveAnswer) {
      // During a session the head of the delegation decides; the console says so and loses nothing.
      check('who may not decide a request is told why', shared.leaveAnswer.length > 5, shared.leaveAnswer)
      await page.keyboard.press('Escape')
    } else {
      await page.locator('tbody tr', { hasText: rows[2].name }).waitFor({ state: 'hidden' })
      check('a decided request leaves the list of those that wait', true)
    }
  })

  await part('gates', async () => {
    await go(page, stage.base, `/sittings/${shared.sitting}?tab=gates`)
    await page.getByRole('button', { name: '登记签到点' }).click()
    await dialog(page).getByLabel('签到点', { exact: true }).fill('大会堂西门')
    await dialog(page).getByLabel('签到点', { exact: true }).press('Enter')
    await page.locator('.once img').waitFor()
    const [link] = await scan(page, 'console-gate')
    check('a phone can scan the code of a gate', link.includes('#enrol='), link)
    await accessible(page, 'code of a gate')
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: '停用 大会堂西门' }).click()
    await dialog(page).getByRole('button', { name: '停用' }).click()
    await page.locator('tr', { hasText: '大会堂西门' }).filter({ hasText: '已停用' }).waitFor()
    check('a gate is revoked', true)
    await accessible(page, 'gates')
  })

  await part('the hall without a network', async () => {
    await shared.hallContext.route('**/code*', (route) => route.abort('internetdisconnected'))
    await hall.waitForFunction(() => document.querySelector('.hall-left').textContent.includes('网络中断，正在重连'), null, { timeout: 20_000 })
    check('the hall says when the network is lost', true)
    await hall.waitForFunction(() => document.querySelector('#qr').hidden, null, { timeout: 35_000 })
    check('a dead code is not shown', !(await hall.locator('#qr').getAttribute('src')))
    await picture(hall, 'screen-offline')
    await shared.hallContext.unroute('**/code*')
    await hall.waitForFunction(() => !document.querySelector('#qr').hidden, null, { timeout: 10_000 })
    await hall.locator('#link.live').waitFor()
    check('the hall recovers by itself', true)
  })

  await part('close and take home', async () => {
    await go(page, stage.base, `/sittings/${shared.sitting}`)
    await page.getByRole('button', { name: '结束签到' }).click()
    await dialog(page).getByRole('button', { name: '结束签到' }).click()
    await page.locator('h1', { hasText: '已结束' }).waitFor()
    await hall.waitForFunction(() => document.querySelector('#message').textContent.includes('签到已结束'))
    check('the hall says that the sign-in has ended', await hall.locator('#qr').isHidden())
    await picture(hall, 'screen-closed')
    const take = async (name) => {
      await page.getByRole('button', { name: '导出与打印' }).click()
      const download = page.waitForEvent('download')
      await page.getByRole('menuitem', { name }).click()
      const file = await download
      return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
    }
    const xlsx = await take('XLSX 表格')
    check('the workbook is one', xlsx.name.endsWith('.xlsx') && xlsx.bytes.subarray(0, 2).toString() === 'PK', xlsx.name)
    const csv = await take('CSV 文件')
    const line = csv.bytes.toString().split('\n').find((one) => one.includes('欧阳清和')) ?? ''
    check('the CSV says how she signed in', csv.name.endsWith('.csv') && line.includes('出席') && line.includes('人工'), line)
    await page.getByRole('button', { name: '导出与打印' }).click()
    await page.getByRole('menuitem', { name: '打印签到表' }).click()
    await page.locator('.paper table').first().waitFor()
    check('the sheet to sign lists everybody', (await page.locator('.paper').innerText()).includes('欧阳清和'))
    await picture(page, 'console-sheet')
    await accessible(page, 'sheet to sign')
    await hall.close()
  })
}
