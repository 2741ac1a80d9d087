// A stand-in for WeChat's API that checks what the provider would: app id, secret, token, and that each code is good once.

import http from 'node:http'

export const APPID = 'wx0123456789abcdef'
export const SECRET = 'secret-of-the-mini-program'
const TOKEN = 'token-of-the-stand-in'

/** `users` are openids by the code of `wx.login`, `phones` numbers by the code of the phone button. */
export async function startWechat() {
  const users = new Map()
  const phones = new Map()
  const used = new Set()
  const once = (codes, code) => (!codes.has(code) ? { errcode: 40029 } : used.has(code) ? { errcode: 40163 } : (used.add(code), null))

  function answer(request, body) {
    const { pathname, searchParams: query } = new URL_(request.url, 'http://localhost')
    if (pathname === '/sns/jscode2session') {
      if (query.get('appid') !== APPID) return { errcode: 40013 }
      if (query.get('secret') !== SECRET) return { errcode: 40125 }
      const code = query.get('js_code')
      return once(users, code) ?? { openid: users.get(code), session_key: 'c2Vzc2lvbiBrZXk=' }
    }
    if (pathname === '/cgi-bin/stable_token') return body.appid === APPID && body.secret === SECRET ? { access_token: TOKEN, expires_in: 7200 } : { errcode: 40125 }
    if (pathname === '/wxa/business/getuserphonenumber') {
      if (query.get('access_token') !== TOKEN) return { errcode: 40001 }
      const number = phones.get(body.code)
      return once(phones, body.code) ?? { errcode: 0, phone_info: { phoneNumber: number, purePhoneNumber: number, countryCode: '86' } }
    }
    return { errcode: 40066 }
  }

  const app = http.createServer((request, response) => {
    let text = ''
    request.on('data', (part) => (text += part))
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer(request, text ? JSON.parse(text) : {})))
    })
  })
  await new Promise((resolve) => app.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${app.address().port}`
  return {
    users,
    phones,
    settings: { LVZHI_WECHAT_APPID: APPID, LVZHI_WECHAT_SECRET: SECRET, LVZHI_WECHAT_BASE_URL: url },
    stop: () => new Promise((resolve) => {
      app.closeAllConnections()
      app.close(resolve)
    }),
  }
}

// Taken before a test of the mini-program removes what a mini-program does not have.
const URL_ = URL
