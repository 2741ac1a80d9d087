// Runs code as a mini-program would: built by a bundler, in an engine of 2017 that has `wx` and timers and nothing else.

import vm from 'node:vm'
import { build } from 'esbuild'

// What came to the language later, and what Node's engine has beyond the language.
const LATER = `
  delete Promise.prototype.finally; delete Promise.allSettled; delete Promise.any; delete Object.fromEntries; delete Object.hasOwn
  for (const name of ['flat', 'flatMap', 'at', 'findLast', 'toSorted']) delete Array.prototype[name]
  for (const name of ['replaceAll', 'matchAll', 'trimStart', 'trimEnd', 'at']) delete String.prototype[name]
  for (const name of ['WebAssembly', 'Intl', 'BigInt', 'WeakRef', 'Atomics', 'SharedArrayBuffer', 'escape', 'unescape', 'globalThis']) delete this[name]
`

/** The exports of `files` (name → text of a module); imports of `@lvzhi/client` lead to what was built. */
export async function run(files, wx, errors = []) {
  const entry = Object.keys(files).map((name) => `export * from './${name}'`).join('\n')
  const built = await build({
    stdin: { contents: entry, resolveDir: process.cwd() },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'program',
    target: 'es2017',
    plugins: [{
      name: 'memory',
      setup(it) {
        it.onResolve({ filter: /^\.\// }, ({ path }) => (files[path.slice(2)] === undefined ? undefined : { path: path.slice(2), namespace: 'memory' }))
        it.onLoad({ filter: /.*/, namespace: 'memory' }, ({ path }) => ({ contents: files[path], resolveDir: process.cwd() }))
      },
    }],
  })
  const context = vm.createContext({ wx, setTimeout, clearTimeout, console: { error: (error) => errors.push(error), log() {} } })
  vm.runInContext(LATER, context)
  vm.runInContext(built.outputFiles[0].text + '\nthis.program = program', context)
  return context.program
}
