// What the office does at the console: roster in, meeting planned, sitting opened and closed, lists taken home.

import { readFile } from 'node:fs/promises'
import { accessible, DESK, person, picture } from './browsers.mjs'
import { check } from './count.mjs'
import { totp } from './servers.mjs'
import { csv, readCsv, readXlsx, xlsx } from './sheets.mjs'

/** The open dialog; closed ones may still be in the page. */
const dialog = (page) => page.locator('.el-dialog:visible').last()

/** Tables and skeletons have come to rest. */
async function settled(page) {
  await page.waitForFunction(() => document.querySelector('main h1') && !document.querySelector('[aria-busy="true"], .el-skeleton, .bone, .el-loading-mask'))
}

async function go(page, world, where) {
  await page.goto(`${world.stage.desk}/console${where}`)
  await settled(page)
}

async function choose(page, label, option) {
  // The visible box lies over the input that carries the name.
  await dialog(page).getByLabel(label, { exact: true }).locator('xpath=ancestor::*[contains(concat(" ", @class, " "), " el-select ")]').click()
  await page.locator('.el-select-dropdown:visible .el-select-dropdown__item', { hasText: option }).first().click()
}

async function typeTime(page, label, value) {
  const box = dialog(page).getByLabel(label, { exact: true })
  await box.click()
  await box.fill(value)
  await box.press('Enter')
  // What the panel covered can be used again when it has closed.
  await page.locator('.el-picker-panel:visible').waitFor({ state: 'hidden' })
}

/** Opens a dialog with the same words on both buttons, and says yes in it. */
async function press(page, name) {
  await page.getByRole('button', { name }).click()
  await dialog(page).getByRole('button', { name }).click()
}

export async function logIn(world, role) {
  const account = world.stage.account(role)
  // The server asks for the second factor by refusing the password alone; the browser writes that into its console.
  const page = await person(world.stage.desk, DESK, [/status of 401 .*\/auth\/password/])
  await page.goto(`${world.stage.desk}/console`)
  await page.locator('#login').waitFor()
  await page.fill('#login', account.login)
  await page.fill('#password', account.password)
  await page.click('.log-in .send')
  await page.locator('#code').waitFor()
  if (role === 'liaison') {
    await picture(page, 'console-second-factor')
    await accessible(page, 'log-in with second factor')
  }
  await page.fill('#code', totp(account.totp_secret))
  await page.click('.log-in .send')
  await page.locator('#nav').waitFor()
  check(`the ${role} gets in with password and second factor`, !page.url().includes('login'), page.url())
  return page
}

// ---- roster --------------------------------------------------------------------------------

export async function importRoster(world) {
  const page = await logIn(world, 'liaison')
  const { people, delegation } = world
  const head = ['代表证号', '姓名', '性别', '民族', '党派', '工作单位', '职务', '手机号', '代表团', '代表小组', '选区']
  const rows = people.map((one) => [one.number, one.name, one.gender, '汉族', '', one.employer, one.job, one.phone, delegation, '', ''])
  // As they come from an office: a number cut off, a name forgotten, something else in a column with two choices.
  const wrong = rows.map((row) => [...row])
  wrong[0][7] = '139'
  wrong[1][1] = ''
  wrong[2][2] = '未知'

  await go(page, world, '/representatives/import')
  await page.setInputFiles('input[type="file"]', { name: '名册.csv', mimeType: 'text/csv', buffer: csv([head, ...wrong]) })
  await page.locator('.result.bad').waitFor()
  const problems = await page.getByRole('region', { name: '问题清单' }).locator('tbody tr').allInnerTexts()
  const told = (row, column) => problems.some((one) => new RegExp(`^${row}\\s+${column}`).test(one))
  check('every problem is told by row and column', problems.length === 3 && told(2, '手机号') && told(3, '姓名') && told(4, '性别'), problems)
  check('with problems nothing can be imported', (await page.getByRole('button', { name: /确认导入/ }).count()) === 0)
  await picture(page, 'console-import-problems')
  await accessible(page, 'import with problems')
  await go(page, world, `/representatives?q=${encodeURIComponent(people[3].name)}`)
  check('nobody of that file was imported, also who had no problem', !(await page.locator('main').innerText()).includes(people[3].name))

  await go(page, world, '/representatives/import')
  await page.setInputFiles('input[type="file"]', { name: '名册.xlsx', mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer: xlsx([head, ...rows]) })
  await page.locator('.result.good').waitFor()
  const preview = await page.locator('main').innerText()
  check('the preview shows who will be imported', people.every((one) => preview.includes(one.name)))
  await picture(page, 'console-import-preview')
  await accessible(page, 'import preview')
  await page.getByRole('button', { name: `确认导入 ${people.length} 行` }).click()
  await page.getByText('导入完成').first().waitFor()
  await go(page, world, `/representatives?q=${encodeURIComponent(people[3].name)}`)
  check('who was imported stands in the roster', (await page.locator('tbody').innerText()).includes(people[3].name))
  await accessible(page, 'roster of representatives')
  await page.context().close()
}

// ---- meeting and sitting -------------------------------------------------------------------

/** Date and minute on the congress's wall, some hours from now. */
const wall = (hours) => new Date(Date.now() + (8 + hours) * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')

export async function planSitting(world) {
  const { clerk: page, delegation } = world
  await go(page, world, '/meetings')
  await page.getByRole('button', { name: '新建会议' }).click()
  await choose(page, '会议类型', '代表团会议')
  await choose(page, '代表团 / 小组', delegation)
  await dialog(page).getByLabel('会议名称', { exact: true }).fill(`${delegation}全体会议`)
  await accessible(page, 'form of a meeting')
  await dialog(page).getByRole('button', { name: '保存' }).click()
  await page.getByRole('button', { name: '新建场次' }).click()
  await dialog(page).getByLabel('场次名称', { exact: true }).fill(world.title)
  await dialog(page).getByLabel('地点', { exact: true }).fill('昆州会堂 302 会议室')
  await typeTime(page, '开始时间', wall(-1))
  await typeTime(page, '结束时间', wall(3))
  await typeTime(page, '迟到起算时间', wall(2))
  await choose(page, '法定人数', '全体三分之二以上')
  await accessible(page, 'form of a sitting')
  await dialog(page).getByRole('button', { name: '保存' }).click()
  await page.getByRole('link', { name: world.title, exact: true }).first().click()
  await page.getByRole('button', { name: '开始签到' }).waitFor()
  await settled(page)
  world.sitting = /sittings\/([0-9a-f-]+)/.exec(page.url())[1]

  await go(page, world, `/sittings/${world.sitting}/roster`)
  await page.getByRole('button', { name: '编制名单' }).first().click()
  await dialog(page).getByText('代表团 / 小组成员', { exact: true }).click()
  await dialog(page).getByRole('button', { name: '编制名单' }).click()
  await page.locator('tbody tr', { hasText: world.people[3].name }).waitFor()
  const listed = await page.locator('tbody').innerText()
  check('the sitting expects exactly the four of the delegation', (await page.locator('tbody tr').count()) === 4 && world.people.every((one) => listed.includes(one.name)), listed)
  await picture(page, 'console-roster')
  await accessible(page, 'roster of the sitting')

  await go(page, world, `/sittings/${world.sitting}`)
  await page.getByRole('button', { name: '会场大屏' }).click()
  await page.locator('#screen-url').waitFor()
  world.screenLink = await page.locator('#screen-url').inputValue()
  check('the console makes a link for the hall screen', world.screenLink.startsWith(`${world.stage.phones}/screen/${world.sitting}#token=`), world.screenLink)
  await page.keyboard.press('Escape')
  await dialog(page).waitFor({ state: 'hidden' })
}

export async function openSitting(world) {
  await press(world.clerk, '开始签到')
  await world.clerk.getByRole('button', { name: '结束签到' }).waitFor()
}

/** Registers a gate and leaves its one-time code on the screen, for the gate's camera. */
export async function showGateCode(world) {
  const { clerk: page } = world
  await go(page, world, `/sittings/${world.sitting}?tab=gates`)
  await page.getByRole('button', { name: '登记签到点' }).click()
  await dialog(page).getByLabel('签到点', { exact: true }).fill(world.gateName)
  await dialog(page).getByLabel('签到点', { exact: true }).press('Enter')
  await page.locator('.once img').waitFor()
  await picture(page, 'console-gate')
  await accessible(page, 'code of a gate')
}

export async function watchRoom(world) {
  const { clerk: page, people } = world
  await go(page, world, `/sittings/${world.sitting}`)
  await page.locator('.quorum.reached').waitFor()
  const rows = await page.locator('.list tbody tr').allInnerTexts()
  const of = (one) => rows.find((row) => row.includes(one.name)) ?? ''
  check('the sitting room shows three present and one awaited', people.slice(0, 3).every((one) => of(one).includes('出席')) && of(people[3]).includes('未签到'), rows)
  await page.locator('p.link.open').waitFor()
  await picture(page, 'console-sitting')
  await accessible(page, 'sitting room')
}

export async function closeSitting(world) {
  const { clerk: page } = world
  await press(page, '结束签到')
  await page.locator('h1', { hasText: '已结束' }).waitFor()
  await picture(page, 'console-closed')
  await accessible(page, 'closed sitting')
}

// ---- lists ---------------------------------------------------------------------------------

async function take(page, name) {
  await page.getByRole('button', { name: '导出与打印' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('menuitem', { name }).click()
  return readFile(await (await download).path())
}

export async function takeLists(world) {
  const { clerk: page, people } = world
  const expected = people.map((one, n) => `${one.name} ${['出席 扫码', '出席 数字码', '出席 签到点', '缺席 '][n]}`).sort()
  for (const [name, rows] of [['XLSX', readXlsx(await take(page, 'XLSX 表格'))], ['CSV', readCsv(await take(page, 'CSV 文件'))]]) {
    const lines = rows.map((row) => `${row['姓名']} ${row['状态']} ${row['签到方式']}`).sort()
    check(`the ${name} list holds exactly the three with their ways in, and the one who is absent`, JSON.stringify(lines) === JSON.stringify(expected), lines)
    check(`the ${name} list has a time for who came, and none for who did not`, rows.length === 4 && rows.every((row) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(row['签到时间']) === (row['状态'] === '出席') && row['代表团'] === world.delegation), rows)
  }
}
