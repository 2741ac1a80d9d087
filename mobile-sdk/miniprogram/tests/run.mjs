// Builds the mini-program and runs every test but the browser's: pure logic, then the built mini-program against a real server.
//
//   LVZHI_BIN=target/debug/lvzhi npm test

import { spawn, spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { startDemo } from './server/demo.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
process.chdir(here)

function must(command, args, env = {}) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, CI: '1', ...env } })
  if (status !== 0) process.exit(status ?? 1)
}

rmSync('.test', { recursive: true, force: true })
must('npx', ['vue-tsc', '--noEmit'])
must('npx', ['vue-tsc', '--noEmit', '-p', 'tests/tsconfig.json'])
if (!process.env.LVZHI_KEEP_BUILD) must('npx', ['uni', 'build', '-p', 'mp-weixin'])
cpSync('dist/build/mp-weixin', '.test/mp-weixin', { recursive: true })
// WeChat takes every script as CommonJS; Node has to be told.
writeFileSync('.test/mp-weixin/package.json', '{ "type": "commonjs" }\n')
await build({
  entryPoints: readdirSync('tests/unit').filter((name) => name.endsWith('.test.ts')).map((name) => `tests/unit/${name}`),
  outdir: '.test/unit',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  define: { uni: 'globalThis.uni' },
  external: ['@lvzhi/client', '@lvzhi/client/messages'],
})
const server = await startDemo({ publicUrl: 'https://lvzhi.example.gov.cn' })
const files = [...readdirSync('.test/unit').map((name) => `.test/unit/${name}`), ...readdirSync('tests/mp').filter((name) => name.endsWith('.test.cjs')).map((name) => `tests/mp/${name}`)]
// One after another: they share one demo city. Pages that are still open keep timers, hence the forced exit.
const run = spawn(process.execPath, ['--test', '--test-force-exit', '--test-concurrency=1', ...files], { stdio: 'inherit', env: { ...process.env, LVZHI_TEST_SERVER: server.url } })
const status = await new Promise((resolve) => run.on('exit', resolve))
await server.stop()
process.exit(status ?? 1)
