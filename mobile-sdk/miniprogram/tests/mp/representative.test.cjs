// A representative on the built mini-program: WeChat's log-in refused by a server without it, SMS log-in, scan, sign in, lost answer, leave, code.

const assert = require('node:assert/strict')
const test = require('node:test')
const { createPhone } = require('./phone.cjs')

test('representative', async (t) => {
  const { connect } = await import('../server/connect.mjs')
  const server = await connect(process.env.LVZHI_TEST_SERVER)
  const phone = createPhone({ server: server.url, host: 'lvzhi.example.gov.cn' })
  const [me, other] = server.representatives
  let firstTime = ''
  const sent = (path) => phone.state.requests.filter((one) => one.path.endsWith(path))

  async function logIn(person) {
    const seen = await server.seen()
    await phone.type('手机号', person.phone)
    if (!phone.parts('lv-check').some((one) => one.className.includes('--on'))) await phone.tap('我已阅读隐私说明')
    await phone.tap('获取验证码')
    await phone.sees('验证码已发送')
    await phone.type('短信验证码', await server.smsCode(person.phone, seen))
    await phone.tap('登录')
  }

  await t.test('a visitor sees the front page', async () => {
    await phone.open('pages/home/index')
    await phone.sees('扫码签到')
    assert.ok(phone.state.titles.includes('人大代表履职平台'))
  })

  await t.test('nothing personal is sent before consent', async () => {
    await phone.tap('登录')
    await phone.type('手机号', me.phone)
    await phone.tap('获取验证码')
    await phone.sees('请先阅读隐私说明并勾选同意')
    await phone.tap('微信一键登录')
    assert.equal(phone.state.requests.length, 0)
  })

  await t.test('WeChat’s log-in goes to the server with its code', async () => {
    await phone.tap('我已阅读隐私说明')
    await phone.tap('微信一键登录')
    await phone.until('the answer', () => sent('/auth/wechat')[0]?.status)
    assert.equal(sent('/auth/wechat')[0].data.js_code, 'js-code')
    // The demo server has no WeChat account; what it says is shown and the other way stays open.
    await phone.until('the sentence', () => phone.parts('lv-note').some((one) => one.textContent.includes('微信')))
  })

  await t.test('an ordinary link scanned by WeChat: log in, signed in', async () => {
    const { link } = await server.hallCode()
    await phone.open('pages/sign/index', { q: encodeURIComponent(link) })
    await phone.tap('登录并签到')
    assert.equal(phone.route, 'pages/login/index')
    await logIn(me)
    await phone.sees('签到成功')
    assert.ok(phone.text().includes(me.name))
    const [done] = sent('/check_ins')
    assert.equal(done.status, 201)
    assert.equal(done.data.kind, 'ticket')
    firstTime = /签到时间\s*(\S+ \d\d:\d\d)/.exec(phone.text())[1]
    assert.equal(phone.state.located, 0, 'the place is read only when the box is ticked')
  })

  await t.test('leaving and coming back', async () => {
    await phone.tap('签退离场')
    await phone.tap('确定签退')
    await phone.sees('已签退')
    await phone.tap('我回来了')
    await phone.sees('已返回会场')
  })

  await t.test('leave is asked for and withdrawn; a draft survives a killed app', async () => {
    await phone.open('duty/leave/new')
    await phone.sees('请假事由')
    await phone.tap('提交请假')
    await phone.sees('请写明请假事由')
    await phone.type('请假事由', '外出考察')
    await phone.restart()
    await phone.open('duty/leave/new')
    await phone.sees('请假事由')
    // Not typed again: what is sent below is the draft.
    await phone.tap('公务')
    if (!phone.parts('lv-option').some((one) => /星期/.test(one.textContent) && one.className.includes('--on'))) await phone.act(phone.parts('lv-option').find((one) => /星期/.test(one.textContent)), 'tap')
    await phone.tap('提交请假')
    await phone.sees('请假已提交')
    const [asked] = sent('/leave_requests').filter((one) => one.method === 'POST')
    assert.equal(asked.status, 201)
    assert.equal(asked.data.reason, '外出考察')
    assert.ok(asked.header['idempotency-key'], 'a repetition would not ask twice')
    await phone.tap('撤回')
    await phone.tap('确定撤回')
    await phone.sees('已撤回')
  })

  await t.test('my code: the phone’s own key, bright screen, good for the server', async () => {
    await phone.open('pages/code/index')
    await phone.sees('秒后自动更换')
    const [made] = sent('/me/credential')
    assert.equal(made.status, 201)
    assert.match(made.data.device_key, /^[\w-]{43}$/)
    await phone.until('the picture', () => phone.parts('lv-qr-picture').length)
    assert.equal(phone.state.brightness, 1)
    const kept = JSON.parse(JSON.parse(phone.store.get('lvzhi-app.credential')))
    assert.equal(kept.secret.length, 43, 'the secret stays on the phone')
    assert.ok(!JSON.stringify(phone.state.requests).includes(kept.secret), 'and was sent nowhere')
  })

  await t.test('scanning the hall’s code again shows the first time', async () => {
    await phone.open('pages/sign/index', { q: encodeURIComponent((await server.hallCode()).link) })
    await phone.tap('签到')
    await phone.sees('您已签到')
    assert.ok(phone.text().includes(firstTime), phone.text())
  })

  await t.test('network lost in the middle of the sign-in: the repetition gives the same answer', async () => {
    const second = await server.asPhone(other.phone, phone.store)
    assert.ok(second)
    await phone.restart()
    await phone.open('pages/home/index')
    await phone.tap('输入签到码')
    await phone.sees('签到码')
    await phone.type('签到码', (await server.hallCode()).typed_code)
    phone.loseAnswers(true)
    await phone.tap('签到')
    await phone.until('the complaint', () => phone.parts('lv-note').some((one) => one.className.includes('--bad')))
    phone.loseAnswers(false)
    await phone.tap('重试')
    await phone.sees('签到成功')
    assert.ok(phone.text().includes(other.name))
  })

  await t.test('the scanner: something else, refused, no network', async () => {
    await phone.open('pages/home/index')
    await phone.open('duty/meetings/index')
    await phone.sees('正在签到')
    await phone.open('pages/sign/index', { code: 'A'.repeat(43) })
    await phone.sees('重新扫码')
    phone.state.scans.push('https://example.com/else')
    await phone.tap('重新扫码')
    await phone.until('the message', () => phone.state.modals.length)
    assert.match(phone.state.modals.pop().content, /不是本平台的二维码/)
    phone.state.scans.push({ fail: 'scanCode:fail auth deny' })
    await phone.tap('重新扫码')
    await phone.until('the message', () => phone.state.modals.length)
    assert.match(phone.state.modals.pop().title, /没有相机权限/)
    phone.state.scans.push((await server.hallCode()).link)
    await phone.tap('重新扫码')
    await phone.sees('您已签到')
    phone.setNetwork(false)
    await phone.open('duty/attendance/index')
    await phone.sees('网络')
    phone.setNetwork(true)
  })

  assert.deepEqual(phone.state.complaints, [])
})
