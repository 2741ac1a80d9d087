// Builds dist/: one self-contained module for each entry, and the types beside them.

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('..', import.meta.url))

rmSync(`${here}dist`, { recursive: true, force: true })
await build({
  absWorkingDir: here,
  entryPoints: ['src/index.ts', 'src/web.ts', 'src/wx.ts', 'src/messages.ts'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  // What the JavaScript engines of mini-programs understand without being compiled again.
  target: 'es2017',
  charset: 'utf8',
  // Readable, for stack traces and for whoever steps through it; applications minify what they ship.
  minify: false,
})
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'], { cwd: here, stdio: 'inherit' })
