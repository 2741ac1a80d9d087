// Starts the real server with its demo data on a free port, for tests that want the truth.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** `url` of the server, its demo accounts, the SMS sent to a number, and `stop`. */
export async function startDemo() {
  const bin = resolve(root, process.env.LVZHI_BIN ?? join(process.env.CARGO_TARGET_DIR ?? 'target', 'debug/lvzhi'))
  if (!existsSync(bin)) throw new Error(`no server at ${bin}: build it (cargo build), or say in LVZHI_BIN where it is`)
  const data = mkdtempSync(join(tmpdir(), 'lvzhi-client-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  // A developer's own settings must not reach the server under test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LVZHI_')))
  Object.assign(env, { LVZHI_LISTEN: `127.0.0.1:${port}`, LVZHI_DATA_DIR: data, LVZHI_PUBLIC_URL: url, LVZHI_DEMO: 'true' })
  const server = spawn(bin, ['serve', '--demo'], { cwd: data, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => { log = (log + text).slice(-4000) })
  const ended = new Promise((done) => server.on('exit', done))
  const stop = async () => {
    server.kill('SIGTERM')
    const insist = setTimeout(() => server.kill('SIGKILL'), 8000)
    await ended
    clearTimeout(insist)
    rmSync(data, { recursive: true, force: true })
  }
  const until = Date.now() + 60_000
  for (;;) {
    if (await fetch(`${url}/readyz`).then((answer) => answer.ok, () => false)) break
    if (server.exitCode !== null || Date.now() > until) {
      await stop()
      throw new Error(`the server did not become ready:\n${log}`)
    }
    await new Promise((done) => setTimeout(done, 100))
  }
  const get = async (path) => (await (await fetch(`${url}/api/v1${path}`)).json()).items
  const accounts = await get('/demo/accounts')
  return {
    url,
    stop,
    accounts,
    account: (role) => accounts.find((one) => one.role === role),
    /** What staff logs in with; the second factor is good now. */
    async staff(role) {
      const { login, password, totp_code } = (await get('/demo/accounts')).find((one) => one.role === role)
      return { login, password, totp_code }
    },
    /** The code of the newest SMS to a number. */
    async smsCode(phone) {
      const message = (await get('/demo/messages')).find((one) => one.to === phone)
      return /验证码 (\d{6})/.exec(message.text)[1]
    },
    screenToken: decodeURIComponent(/token=([^&]+)/.exec(accounts.find((one) => one.role === 'screen').url)[1]),
  }
}

async function freePort() {
  const probe = createServer()
  await new Promise((done) => probe.listen(0, '127.0.0.1', done))
  const { port } = probe.address()
  await new Promise((done) => probe.close(done))
  return port
}
