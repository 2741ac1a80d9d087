// The README, followed by a mini-program developer on the demo server: its code is taken out and run as it stands.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startDemo } from './demo.mjs'
import { run } from './mini-program.mjs'
import { wxDouble } from './wx-double.mjs'

const blocks = (name) => [...readFileSync(new URL(`../${name}`, import.meta.url), 'utf8').matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```/gm)]
  .map(([, file, code]) => [file, code])

let demo
let phone
let app
const errors = []

before(async () => {
  demo = await startDemo()
  phone = wxDouble()
  const files = Object.fromEntries(blocks('README.md').map(([name, code]) => [name, code.replaceAll('http://127.0.0.1:8080', demo.url)]))
  assert.deepEqual(Object.keys(files), ['client.js', 'log-in.js', 'sittings.js', 'scan.js', 'attempt.js', 'hall.js', 'offline.js', 'files.js'])
  app = await run(files, phone.wx, errors)
})
after(() => demo?.stop())

/** Resolves when `check` does; the test's own limit ends what never comes. */
const until = async (check) => {
  while (!(await check())) await new Promise((done) => setTimeout(done, 20))
}

test('both languages have the same code', () => {
  const bare = (code) => code.replace(/ *\/\/.*$/gm, '')
  const zh = blocks('README.zh-CN.md').map(([name, code]) => [name, bare(code)])
  assert.deepEqual(zh, blocks('README.md').map(([name, code]) => [name, bare(code)]))
})

test('log in by SMS', async () => {
  const { phone: number, name } = demo.account('representative')
  assert.ok((await app.sendCode(number)) > 0)
  assert.equal(await app.logIn(number, await demo.smsCode(number)), name)
  assert.equal(app.client.session.signedIn, true)
  assert.ok([...phone.kept.keys()].includes('lvzhi.tokens'))
})

test('WeChat is not set up in a demo, and the person is told what to do instead', async () => {
  phone.shown.length = 0
  await app.attempt(() => app.logInByWechat())
  assert.deepEqual(phone.shown, ['本平台未开通微信登录，请使用短信验证码登录'])
})

test('my sittings', async () => {
  const sittings = await app.mySittings()
  assert.ok(sittings.some((one) => one.sitting_id === demo.account('representative').sitting_id && one.state === 'open'), JSON.stringify(sittings))
})

test('watch the hall, scan, sign in: the screen counts it', { timeout: 30_000 }, async () => {
  const sitting = demo.account('screen').sitting_id
  const data = {}
  const live = app.watchHall(sitting, (more) => Object.assign(data, more))
  await until(() => data.connection === 'open' && data.present !== undefined)
  const before = data.present
  const { link } = await app.client.code_get({ id: sitting }, { token: demo.screenToken })
  phone.scanned = link
  const found = await app.scan()
  assert.equal(found.sitting_id, sitting)
  const { name } = demo.account('representative')
  assert.match(await app.signIn(found), new RegExp(`^${name} .*签到成功$`))
  await until(() => data.present === before + 1)
  assert.equal(data.newest, name)
  assert.match(await app.signIn(found), /此前已签到$/)
  live.close()
  assert.equal(data.connection, 'closed')
})

test('a poster is no sign-in code', async () => {
  phone.scanned = 'https://example.com/poster'
  phone.shown.length = 0
  await app.attempt(() => app.scan())
  assert.deepEqual(phone.shown, ['这不是有效的签到码，请扫描会场大屏上的二维码'])
})

test('without a network a sign-in waits, and goes out when it is back', { timeout: 30_000 }, async () => {
  const sitting = demo.account('screen').sitting_id
  const { link } = await app.client.code_get({ id: sitting }, { token: demo.screenToken })
  phone.scanned = link
  const { ticket } = await app.scan()
  phone.setOnline(false)
  phone.shown.length = 0
  await app.signInOrQueue(sitting, { kind: 'ticket', code: ticket })
  assert.equal(app.client.queue.pending, 1)
  phone.room = 100
  await app.signInOrQueue(sitting, { kind: 'ticket', code: ticket })
  phone.room = 1e7
  phone.setOnline(true)
  await until(() => app.client.queue.pending === 0)
  assert.deepEqual(phone.shown, ['网络未连接，恢复后自动补传', '本机存储空间已满，未能保存，请清理空间后重试', '已补传'])
})

test('import a roster and open the attendance, as a clerk', async () => {
  await app.logOut()
  assert.equal(app.client.session.signedIn, false)
  await app.client.auth_password({ body: { ...(await demo.staff('liaison')), device_id: app.client.deviceId, device_name: 'test' } })
  const congress = (await app.client.me_get()).roles[0].congress_id
  const path = join(tmpdir(), `lvzhi-roster-${process.pid}.csv`)
  writeFileSync(path, '代表证号,姓名\n')
  phone.chosen = { path, name: '名册.csv' }
  const refused = await app.importRoster(congress, false).catch((error) => error)
  // An empty roster: the server read the file, whatever it thinks of it.
  assert.ok(refused.rows === 0 || /^import_/.test(refused.code), JSON.stringify(refused))
  await app.openAttendance(demo.account('screen').sitting_id)
  assert.equal(Buffer.from(phone.written.bytes).subarray(0, 2).toString(), 'PK')
  assert.deepEqual(phone.shown.at(-1), 'http://usr/attendance.xlsx')
})

test('nothing was complained about', () => assert.deepEqual(errors, []))
