// Who comes in: password and second factor, a new colleague who has none yet, and a roster that is first wrong and then right.
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { dialog, go, picture, scan, settled } from './hands.mjs'
import { freshCode, totp } from './stage.mjs'

const csv = (rows) => Buffer.from(`\ufeff${rows.map((row) => row.join(',')).join('\r\n')}\r\n`)
const HEAD = ['代表证号', '姓名', '性别', '民族', '党派', '工作单位', '职务', '手机号', '代表团', '代表小组', '选区']
const GOOD = [
  ['9001', '欧阳清和', '女', '汉族', '中国共产党', '昆州市实验小学', '校长', '13900009001', '东江区代表团', '第一代表小组', '东江区选举单位'],
  ['9002', '司徒明远', '男', '汉族', '', '昆州市第二人民医院', '主任医师', '13900009002', '东江区代表团', '第一代表小组', '东江区选举单位'],
  ['9003', '诸葛安澜', '男', '彝族', '', '云溪镇红岩村', '村委会主任', '13900009003', '新湖区代表团', '第二代表小组', '新湖区选举单位']
]
const BAD = [
  ['9001', '欧阳清和', '女', '汉族', '', '', '', '139', '东江区代表团', '', ''],
  ['9001', '', '男', '汉族', '', '', '', '13900009002', '东江区代表团', '', ''],
  ['9003', '诸葛安澜', '未知', '彝族', '', '', '', '13900009003', '东江区代表团', '', '']
]

export async function doors(stage, page) {
  const admin = stage.account('admin')

  await part('log-in', async () => {
    await page.goto(`${stage.base}/console/representatives?q=zhang`)
    await page.locator('#login').waitFor()
    check('who is not logged in is sent to the door', page.url().includes('/console/login'))
    await page.locator('.demo button').first().waitFor()
    await picture(page, 'console-login')
    await accessible(page, 'log-in')
    await page.fill('#login', admin.login)
    await page.fill('#password', 'wrong password 1')
    await page.click('.log-in .send')
    await page.locator('.log-in [role="alert"]').waitFor()
    check('a wrong password is told in a sentence', /密码/.test(await page.locator('.log-in [role="alert"]').innerText()), await page.locator('.log-in [role="alert"]').innerText())
    await page.fill('#password', admin.password)
    await page.click('.log-in .send')
    await page.locator('#code').waitFor()
    check('the second factor is asked for, with the cursor in its field', await page.evaluate(() => document.activeElement?.id === 'code'))
    await page.fill('#code', '000000')
    await page.click('.log-in .send')
    await page.locator('.log-in [role="alert"]').waitFor()
    check('a wrong second factor lets nobody in', page.url().includes('/login'))
    await page.fill('#code', await freshCode(admin.totp_secret, admin.login))
    await page.click('.log-in .send')
    await page.waitForURL(`${stage.base}/console/representatives?q=zhang`)
    await settled(page)
    check('the log-in leads to the page that was asked for', (await page.locator('input[name="search"]').inputValue()) === 'zhang')
  })

  await part('a colleague without a second factor', async () => {
    await go(page, stage.base, '/staff')
    await page.getByRole('button', { name: '新增工作人员' }).click()
    const form = dialog(page)
    await form.getByLabel('姓名', { exact: true }).fill('会务 冯晓')
    await form.getByLabel('账号', { exact: true }).fill('fengxiao')
    await form.getByLabel('初始密码', { exact: true }).fill('kunzhou-2026-npc')
    await form.getByText('会务', { exact: true }).click()
    await picture(page, 'console-staff-new')
    await form.getByRole('button', { name: '保存' }).click()
    await page.locator('tbody', { hasText: 'fengxiao' }).waitFor()
    check('a new account is listed', (await page.locator('tr', { hasText: 'fengxiao' }).innerText()).includes('未设置'))

    const other = await (await stage.context()).newPage()
    await other.goto(`${stage.base}/console/meetings`)
    await other.fill('#login', 'fengxiao')
    await other.fill('#password', 'kunzhou-2026-npc')
    await other.click('.log-in .send')
    await other.locator('.setup img').waitFor()
    check('without a second factor nothing else can be reached', other.url().includes('/second-factor'), other.url())
    await accessible(other, 'set-up of the second factor')
    const [link] = await scan(other, 'console-second-factor')
    const secret = new URL(link).searchParams.get('secret')
    check('the picture holds the secret that is also shown', link.startsWith('otpauth://totp/') && (await other.locator('.secret').innerText()).replace(/\s/g, '') === secret, link)
    await other.locator('.code input').fill('000000')
    await other.getByRole('button', { name: '启用' }).click()
    await other.locator('.setup [role="alert"]').waitFor()
    await other.locator('.code input').fill(totp(secret))
    await other.getByRole('button', { name: '启用' }).click()
    await other.waitForURL(`${stage.base}/console/meetings`)
    await settled(other)
    check('with it the page opens that was asked for', (await other.locator('h1').innerText()) === '会议')
    check('a clerk is not offered what clerks may not do', (await other.locator('#nav a', { hasText: /工作人员|审计|消息/ }).count()) === 0)
    await other.goto(`${stage.base}/console/staff`)
    await settled(other)
    check('an address does not open what the role forbids', (await other.locator('h1').innerText()) === '今日')
    await other.context().close()
  })

  await part('roster import', async () => {
    await go(page, stage.base, '/representatives/import')
    await accessible(page, 'import')
    await page.setInputFiles('input[type="file"]', { name: '名册.csv', mimeType: 'text/csv', buffer: csv([HEAD, ...BAD]) })
    await page.locator('.result.bad').waitFor()
    const table = page.getByRole('region', { name: '问题清单' })
    const problems = await table.locator('tbody tr').allInnerTexts()
    const has = (row, column) => problems.some((one) => new RegExp(`^${row}\\s+${column}`).test(one))
    check('every problem is named by row and column', has(2, '手机号') && has(3, '姓名') && has(4, '性别'), problems)
    check('what stands in the cell is shown beside it', problems.some((one) => one.includes('手机号') && one.includes('139')), problems)
    check('with problems nothing can be written', (await page.getByRole('button', { name: /确认导入/ }).count()) === 0)
    await picture(page, 'console-import-problems')
    await accessible(page, 'import with problems')
    await page.setInputFiles('input[type="file"]', { name: '名册.csv', mimeType: 'text/csv', buffer: csv([HEAD, ...GOOD]) })
    await page.locator('.result.good').waitFor()
    await picture(page, 'console-import-preview')
    await page.getByRole('button', { name: '确认导入 3 行' }).click()
    await page.getByText('导入完成').waitFor()
    await page.getByRole('link', { name: '查看名册' }).click()
    await page.fill('input[name="search"]', 'ouyang')
    await page.locator('tbody', { hasText: '欧阳清和' }).waitFor()
    await page.waitForURL(/q=ouyang/)
    check('who was imported is found by pinyin', (await page.locator('tbody tr').count()) === 1)
    await page.reload()
    await settled(page)
    check('a reload keeps the filter', (await page.locator('tbody').innerText()).includes('欧阳清和') && (await page.locator('tbody tr').count()) === 1)
  })

  await part('a representative', async () => {
    await page.getByRole('link', { name: '欧阳清和' }).click()
    await page.getByRole('button', { name: '编辑' }).waitFor()
    check('the phone number is masked', (await page.locator('main').innerText()).includes('139****9001'))
    await page.getByRole('button', { name: '编辑' }).click()
    await accessible(page, 'form of a representative')
    await dialog(page).getByLabel('职务', { exact: true }).fill('书记、校长')
    await dialog(page).getByLabel('职务', { exact: true }).press('Enter')
    await page.locator('.facts', { hasText: '书记、校长' }).waitFor()
    check('Enter saves the form', true)
    await page.getByRole('button', { name: '暂停职务' }).click()
    await dialog(page).getByRole('button', { name: '暂停职务' }).click()
    await page.locator('h1', { hasText: '暂停职务' }).waitFor()
    await page.getByRole('button', { name: '恢复职务' }).click()
    await dialog(page).getByRole('button', { name: '恢复职务' }).click()
    await page.locator('h1', { hasText: '在任' }).waitFor()
    check('a seat is suspended and resumed', true)
    await picture(page, 'console-representative')
    await accessible(page, 'representative')
  })

  await part('paging and sorting stand in the address', async () => {
    await go(page, stage.base, '/representatives')
    await page.getByRole('button', { name: '下一页' }).click()
    await page.waitForURL(/page=2/)
    const second = await page.locator('tbody tr').first().innerText()
    await page.getByRole('button', { name: '代表证号' }).click()
    await page.waitForURL(/sort=number/)
    check('a sort begins at page one', !page.url().includes('page='), page.url())
    check('rows are sorted', (await page.locator('tbody tr').first().innerText()).startsWith('0001'), await page.locator('tbody tr').first().innerText())
    await page.goBack()
    await page.waitForURL(/page=2/)
    check('the back button brings the page back', (await page.locator('tbody tr').first().innerText()) === second)
    await picture(page, 'console-representatives')
  })
}

