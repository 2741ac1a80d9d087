// A real server with the demo city, private to one test run: started, asked, stopped.

import { execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const repository = fileURLToPath(new URL('../../../..', import.meta.url))

export function binary() {
  const bin = path.resolve(repository, process.env.LVZHI_BIN || 'target/debug/lvzhi')
  if (!existsSync(bin)) throw new Error(`no server at ${bin}: build it, or name it with LVZHI_BIN`)
  return bin
}

async function freePort() {
  const probe = createServer()
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Without `fetch`, which a test of the mini-program takes away. */
export function ask(url, method = 'GET', headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const length = body ? { 'content-length': Buffer.byteLength(body) } : {}
    const sent = http.request(url, { method, headers: { ...headers, ...length }, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part) => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** `publicUrl` is what its links begin with, such as the address of the H5; `settings` are more of `LVZHI_…`. */
export async function startDemo({ publicUrl, settings = {} } = {}) {
  const bin = binary()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const folder = await mkdtemp(path.join(tmpdir(), 'lvzhi-phone-'))
  // A developer's own settings must not reach the server under test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LVZHI_')))
  Object.assign(env, { LVZHI_LISTEN: `127.0.0.1:${port}`, LVZHI_DATA_DIR: folder, LVZHI_PUBLIC_URL: publicUrl ?? url, LVZHI_DEMO: 'true', ...settings })
  const server = spawn(bin, ['serve', '--demo'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (bytes) => (output = (output + bytes).slice(-20000)))
  const gone = new Promise((resolve) => {
    server.on('exit', resolve)
    server.on('error', resolve)
  })
  const stop = async () => {
    server.kill('SIGTERM')
    const timer = setTimeout(() => server.kill('SIGKILL'), 8000)
    await gone
    clearTimeout(timer)
    await rm(folder, { recursive: true, force: true })
  }
  const until = Date.now() + 60_000
  for (;;) {
    const answer = await ask(`${url}/readyz`).catch(() => null)
    if (answer?.status === 200) break
    if (server.exitCode !== null || Date.now() > until) {
      await stop()
      throw new Error(`the server does not get ready:\n${output}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const accounts = JSON.parse((await promisify(execFile)(bin, ['demo', '--accounts'], { env, cwd: folder })).stdout)
  return demo(url, accounts, stop)
}

export function demo(url, accounts, stop) {
  async function call(method, where, { token, body, key } = {}) {
    const headers = { accept: 'application/json', 'content-type': 'application/json' }
    if (token) headers.authorization = `Bearer ${token}`
    if (key) headers['idempotency-key'] = key
    const answer = await ask(`${url}/api/v1${where}`, method, headers, body && JSON.stringify(body))
    const { text } = answer
    if (answer.status < 200 || answer.status > 299) throw new Error(`${method} ${where} answered ${answer.status}: ${text.slice(0, 300)}`)
    return text ? JSON.parse(text) : undefined
  }
  const role = (name) => accounts.filter((one) => one.role === name)
  const screen = role('screen')[0]
  const screenToken = decodeURIComponent(/token=([^&]+)/.exec(screen.url)[1])
  const clerk = role('clerk')[0]
  let clerkToken
  const usedCodes = new Set()

  /** A code that this person has not used yet: the server takes each once. */
  async function totp(secret, who = '') {
    for (;;) {
      const code = totpAt(secret, Date.now())
      if (!usedCodes.has(who + code)) {
        usedCodes.add(who + code)
        return code
      }
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }

  return {
    url,
    accounts,
    stop,
    call,
    representatives: role('representative').filter((one) => one.phone),
    voters: role('voter'),
    clerk,
    sittingId: screen.sitting_id,
    hallCode: () => call('GET', `/sittings/${screen.sitting_id}/code`, { token: screenToken }),
    totp,
    /** Messages to a phone that are there now, to tell later ones from. */
    seen: async () => new Set((await call('GET', '/demo/messages')).items.map((one) => one.at + one.text)),
    async smsCode(phone, seen) {
      for (let tries = 0; tries < 100; tries += 1) {
        const { items } = await call('GET', '/demo/messages')
        const fresh = items.filter((one) => one.to.slice(-4) === phone.slice(-4) && !seen.has(one.at + one.text)).sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
        const found = fresh.length && /\d{6}/.exec(fresh[0].text)
        if (found) return found[0]
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error(`no SMS code for ${phone}`)
    },
    /** A clerk's access token, logged in once. */
    async asClerk() {
      clerkToken ??= (
        await call('POST', '/auth/password', {
          body: { login: clerk.login, password: clerk.password, totp_code: await totp(clerk.totp_secret), device_id: 'test-console', device_name: 'test' },
        })
      ).access_token
      return clerkToken
    },
    /** The access token of the first of the staff with a role. */
    async asStaff(name) {
      const one = role(name)[0]
      const body = { login: one.login, password: one.password, totp_code: await totp(one.totp_secret, one.login), device_id: 'test-' + one.login, device_name: 'test' }
      return (await call('POST', '/auth/password', { body })).access_token
    },
    /** Logs a phone in; with `store` its tokens are put where the mini-program keeps them. */
    async asPhone(phone, store) {
      // A ticket of a scan is good only on the device that is logged in.
      const device = store?.has('lvzhi.device_id') ? JSON.parse(store.get('lvzhi.device_id')) : 'test-' + phone
      const before = await this.seen()
      await call('POST', '/auth/sms_codes', { body: { phone } })
      const code = await this.smsCode(phone, before)
      const tokens = await call('POST', '/auth/sms', { body: { phone, code, device_id: device, device_name: 'test' } })
      store?.set('lvzhi.tokens', JSON.stringify(JSON.stringify({ ...tokens, expires_at_ms: Date.now() + tokens.access_expires_in_s * 1000 })))
      return tokens.access_token
    },
  }
}

/** RFC 6238 with six digits and thirty seconds. */
function totpAt(secret, ms) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = ''
  for (const letter of secret.replace(/=+$/, '')) bits += alphabet.indexOf(letter).toString(2).padStart(5, '0')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(ms / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  const at = mac[19] & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
