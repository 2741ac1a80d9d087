// The servers of a journey: one on SQLite, or two that share a fresh PostgreSQL database and Redis.

import { execFile, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Asks again and again until there is an answer. */
export async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`)
    await pause(100)
  }
}

async function freePort() {
  const probe = createServer()
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return port
}

// ---- one process ---------------------------------------------------------------------------

class Server {
  constructor(bin, args, settings) {
    this.bin = bin
    this.settings = settings
    this.output = ''
    this.process = spawn(bin, args, { env: settings, cwd: settings.LVZHI_DATA_DIR, stdio: ['ignore', 'pipe', 'pipe'] })
    this.gone = new Promise((resolve) => {
      this.process.on('exit', resolve)
      this.process.on('error', (error) => {
        this.output += String(error)
        resolve()
      })
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on('data', (bytes) => (this.output = (this.output + bytes).slice(-20_000)))
    }
  }

  async ready(url) {
    await until('the server gets ready', async () => {
      if (this.process.exitCode !== null || !this.process.pid) throw new Error(`the server does not start:\n${this.output.slice(-3000)}`)
      return (await fetch(`${url}/readyz`).catch(() => null))?.ok
    })
  }

  async stop() {
    this.process.kill('SIGTERM')
    const timer = setTimeout(() => this.process.kill('SIGKILL'), 8000)
    await this.gone
    clearTimeout(timer)
  }
}

// ---- a database of our own -----------------------------------------------------------------

/** A program of PostgreSQL: from PATH, or from where distributions put a folder for each version. */
async function postgresProgram(name) {
  const folders = (process.env.PATH ?? '').split(path.delimiter)
  for (const [parent, kind] of [['/usr/lib/postgresql', /^\d+$/], ['/usr', /^pgsql-\d+$/], ['/opt/homebrew/opt', /^postgresql(@\d+)?$/]]) {
    const versions = (await readdir(parent).catch(() => [])).filter((one) => kind.test(one))
    const newestFirst = versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    folders.push(...newestFirst.map((one) => path.join(parent, one, 'bin')))
  }
  for (const folder of folders) {
    const file = path.join(folder, name)
    if (await access(file).then(() => true, () => false)) return file
  }
  throw new Error(`${name} of PostgreSQL is missing`)
}

async function freshDatabase(url) {
  const name = `lvzhi_journey_${randomBytes(6).toString('hex')}`
  await run(await postgresProgram('createdb'), [`--maintenance-db=${url}`, '--template=template0', '--encoding=UTF8', name])
  const own = new URL(url)
  own.pathname = `/${name}`
  return { url: own.href, drop: async () => run(await postgresProgram('dropdb'), [`--maintenance-db=${url}`, '--if-exists', '--force', name]) }
}

// ---- both together -------------------------------------------------------------------------

/** `desk` is where the console and the hall screen are, `phones` where the phones are: two processes, or the same one. */
export async function raise(kind, bin) {
  const started = []
  const folders = []
  let database = null

  async function down() {
    for (const server of started) await server.stop()
    await database?.drop()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  }

  const two = kind === 'postgres'
  const deskPort = await freePort()
  const phonesPort = two ? await freePort() : deskPort
  const desk = `http://127.0.0.1:${deskPort}`
  const phones = `http://127.0.0.1:${phonesPort}`
  // A developer's own settings must not reach the servers under test.
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LVZHI_')))
  const common = { ...clean, LVZHI_DEMO: 'true', LVZHI_PUBLIC_URL: phones, LVZHI_SECRET: randomBytes(32).toString('hex') }

  async function start(port, args) {
    const folder = await mkdtemp(path.join(tmpdir(), 'lvzhi-journey-'))
    folders.push(folder)
    const server = new Server(bin, ['serve', '--demo', ...args], { ...common, LVZHI_LISTEN: `127.0.0.1:${port}`, LVZHI_DATA_DIR: folder })
    started.push(server)
    await server.ready(`http://127.0.0.1:${port}`)
    return server
  }

  try {
    if (two) {
      database = await freshDatabase(needed('LVZHI_TEST_POSTGRES_URL'))
      Object.assign(common, { LVZHI_DATABASE_URL: database.url, LVZHI_REDIS_URL: needed('LVZHI_TEST_REDIS_URL') })
    }
    const first = await start(deskPort, [])
    // The first one loads the demo, so the second one comes after it.
    if (two) await start(phonesPort, ['--no-worker'])
    const accounts = JSON.parse((await run(bin, ['demo', '--accounts'], { env: first.settings, cwd: first.settings.LVZHI_DATA_DIR })).stdout)
    return {
      desk,
      phones,
      down,
      account: (role) => accounts.find((one) => one.role === role && one.login),
      output: () => started.map((one) => one.output.slice(-3000)).join('\n---\n'),
    }
  } catch (error) {
    await down()
    throw error
  }
}

function needed(name) {
  if (!process.env[name]) throw new Error(`${name} must say where the test's own server is (tests/run starts one)`)
  return process.env[name]
}

// ---- what a person reads elsewhere ---------------------------------------------------------

/** The code in the SMS that a phone got since then; nothing as long as it has not come. */
export async function smsCode(url, phone, since) {
  const { items } = await (await fetch(`${url}/api/v1/demo/messages`)).json()
  const sent = items.find((one) => one.to.slice(-4) === phone.slice(-4) && Date.parse(one.at) >= since)
  return /\d{6}/.exec(sent?.text ?? '')?.[0]
}

/** The six digits of an authenticator now (RFC 6238, SHA-1, 30 seconds). */
export function totp(secret) {
  const bits = [...secret.replace(/[\s=]/g, '')].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
