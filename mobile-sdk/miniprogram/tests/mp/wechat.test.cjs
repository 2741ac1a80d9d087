// Log-in by WeChat on the built mini-program, against a real server that asks a stand-in for WeChat's API.

const assert = require('node:assert/strict')
const test = require('node:test')
const { createPhone } = require('./phone.cjs')

test('log-in by WeChat', async (t) => {
  const { startDemo } = await import('../server/demo.mjs')
  const { startWechat } = await import('../server/wechat.mjs')
  const wechat = await startWechat()
  const server = await startDemo({ publicUrl: 'https://lvzhi.example.gov.cn', settings: wechat.settings })
  t.after(async () => {
    await server.stop()
    await wechat.stop()
  })
  const me = server.representatives[0]
  wechat.users.set('first-code', 'openid-of-me').set('second-code', 'openid-of-me').set('third-code', 'openid-of-me')
  wechat.phones.set('phone-code', me.phone)
  const phone = createPhone({ server: server.url, host: 'lvzhi.example.gov.cn' })
  const asked = () => phone.state.requests.filter((one) => one.path.endsWith('/auth/wechat'))

  async function begin(code) {
    phone.state.wechat = code
    await phone.open('pages/home/index')
    await phone.tap('登录')
    if (!phone.parts('lv-check').some((one) => one.className.includes('--on'))) await phone.tap('我已阅读隐私说明')
    await phone.tap('微信一键登录')
  }

  await t.test('the first time WeChat’s user shows their number', async () => {
    await begin('first-code')
    await phone.sees('首次使用微信登录')
    assert.equal(asked()[0].data.js_code, 'first-code')
    const button = await phone.until('the button', () => phone.parts('lv-button').find((one) => one.textContent.includes('授权手机号登录')))
    phone.state.wechat = 'second-code'
    await phone.act(button, 'getphonenumber', { errMsg: 'getPhoneNumber:fail user deny' })
    await phone.sees('您没有授权手机号')
    assert.equal(asked().length, 1, 'nothing is sent when the number was refused')
    await phone.act(button, 'getphonenumber', { code: 'phone-code' })
    await phone.until('the home page', () => phone.route === 'pages/home/index')
    await phone.sees(me.name)
    assert.equal(asked()[1].data.phone_code, 'phone-code')
    assert.equal(asked()[1].status, 200)
  })

  await t.test('the next time one tap is enough', async () => {
    phone.store.delete('lvzhi.tokens')
    await phone.restart()
    await begin('third-code')
    await phone.until('the home page', () => phone.route === 'pages/home/index')
    await phone.sees(me.name)
    assert.equal(asked()[2].status, 200)
    assert.equal(asked()[2].data.phone_code ?? null, null)
  })

  await t.test('a code that was used before is refused in words', async () => {
    phone.store.delete('lvzhi.tokens')
    await phone.restart()
    await begin('third-code')
    await phone.until('the sentence', () => phone.parts('lv-note').some((one) => one.textContent.includes('微信')))
    assert.equal(phone.route, 'pages/login/index')
    assert.ok(asked()[3].status >= 400)
  })

  assert.deepEqual(phone.state.complaints, [])
})
