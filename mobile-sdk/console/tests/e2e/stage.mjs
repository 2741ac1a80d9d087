// The stage of a walk: a demo server of its own, the console in front of it, and browsers that report what must not happen.
import { execFile, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { serve } from './serve.mjs'

export const run = promisify(execFile)
const root = fileURLToPath(new URL('../../../..', import.meta.url))
export const screens = path.join(root, 'target/screens')

export async function freePort() {
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The six digits of an authenticator at a moment (RFC 6238, SHA-1, 30 seconds). */
export function totp(secret, at = Date.now()) {
  const bits = [...secret.replace(/[\s=]/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

export async function raise(bin) {
  await mkdir(screens, { recursive: true })
  const [upstream, port] = [await freePort(), await freePort()]
  const base = `http://127.0.0.1:${port}`
  const data = await mkdtemp(path.join(tmpdir(), 'lvzhi-console-'))
  // A developer's own settings must not reach the server under test.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LVZHI_')))
  Object.assign(env, { LVZHI_LISTEN: `127.0.0.1:${upstream}`, LVZHI_DATA_DIR: data, LVZHI_DEMO: 'true', LVZHI_PUBLIC_URL: base })
  let output = ''
  const server = spawn(bin, ['serve', '--demo'], { env, cwd: data, stdio: ['ignore', 'pipe', 'pipe'] })
  const gone = new Promise((resolve) => { server.on('exit', resolve).on('error', (error) => { output += error; resolve() }) })
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (bytes) => { output = (output + bytes).slice(-20_000) })
  const front = await serve(port, upstream)

  const seen = { foreign: [], policy: [], broken: [], missing: [] }
  let browser = null

  async function context(options = {}) {
    const made = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: { width: 1440, height: 900 }, ...options })
    made.setDefaultTimeout(15_000)
    made.on('request', (request) => {
      const { protocol, host } = new URL(request.url())
      if (/^(http|ws)/.test(protocol) && host !== `127.0.0.1:${port}`) seen.foreign.push(request.url())
    })
    made.on('response', (response) => { if (response.status() === 404 && !response.url().includes('/api/')) seen.missing.push(response.url()) })
    made.on('console', (message) => { if (/Content.Security.Policy/i.test(message.text())) seen.policy.push(message.text()) })
    made.on('weberror', (error) => seen.broken.push(String(error.error().stack ?? error.error())))
    return made
  }

  async function down() {
    await browser?.close().catch(() => {})
    front.closeAllConnections()
    await new Promise((resolve) => front.close(resolve))
    server.kill('SIGTERM')
    const timer = setTimeout(() => server.kill('SIGKILL'), 8000)
    await gone
    clearTimeout(timer)
    await rm(data, { recursive: true, force: true })
  }

  const until = Date.now() + 60_000
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${upstream}/readyz`).catch(() => null)
    if (answer?.ok) break
    if (Date.now() > until || server.exitCode !== null) {
      await down()
      throw new Error(`the server does not get ready:\n${output.slice(-3000)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const accounts = JSON.parse((await run(bin, ['demo', '--accounts'], { env, cwd: data })).stdout)
  browser = await chromium.launch({
    executablePath: process.env.LVZHI_TEST_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  })
  return { base, seen, context, down, accounts, output: () => output, account: (role) => accounts.find((one) => one.role === role) }
}

/**
 * A code works once: whoever logs in again within half a minute takes the code of the next step, which the server accepts
 * as well. Never the code of the step before: it dies when the step ends on the way.
 */
const taken = new Map()
export async function freshCode(secret, who) {
  const step = Math.max(Math.floor(Date.now() / 30_000), (taken.get(who) ?? 0) + 1)
  taken.set(who, step)
  const early = (step - 1) * 30_000 - Date.now()
  if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
  return totp(secret, step * 30_000)
}
