// Prints what a phone has to load and fails when it is more than we allow; `npm run size`.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('../dist/build', import.meta.url))
/** Script and style before the scanner is needed, compressed as the server sends it. */
const H5_FIRST_LOAD = 150 * 1024
const PACKAGE = 1.5 * 1024 * 1024
/** WeChat's own limit for the main package and for each sub-package. */
const ONE_PACKAGE = 2 * 1024 * 1024

let failed = false

function say(name, bytes, most) {
  const good = bytes <= most
  failed ||= !good
  console.log(`${good ? 'ok' : 'not ok'} - ${name}: ${(bytes / 1024).toFixed(1)} KB of ${(most / 1024).toFixed(0)} KB`)
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((one) => one.isFile())
    .map((one) => path.join(one.parentPath ?? one.path, one.name))
}

/** Everything that the first page loads: what index.html names, and what those scripts import at once, and the home page. */
function h5() {
  const folder = path.join(root, 'h5')
  const asked = new Set()
  const ask = (file) => {
    if (asked.has(file) || !existsSync(file)) return
    asked.add(file)
    if (!file.endsWith('.js')) return
    const text = readFileSync(file, 'utf8')
    for (const [, name] of text.matchAll(/(?:^|[;}\s])(?:import|export)\s*(?:[\w*${},\s]+from\s*)?["'](\.\/[^"']+)["']/g)) ask(path.resolve(path.dirname(file), name))
  }
  const html = readFileSync(path.join(folder, 'index.html'), 'utf8')
  for (const [, name] of html.matchAll(/(?:src|href)="\/?(?:\.\/)?(assets\/[^"]+\.(?:js|css))"/g)) ask(path.join(folder, name))
  for (const name of readdirSync(path.join(folder, 'assets'))) {
    if (/^pages-home-index\.[\w-]+\.js$/.test(name)) ask(path.join(folder, 'assets', name))
  }
  // What the loader fetches together with the home page, style sheets among it: numbers into its list of files.
  const loader = [...asked].filter((one) => one.endsWith('.js')).map((one) => readFileSync(one, 'utf8')).find((text) => text.includes('__vite__mapDeps='))
  const list = JSON.parse(/__vite__mapDeps=[^[]*(\[[^\]]*\])/.exec(loader)[1])
  const home = /import\(["']\.\/pages-home-index[^)]*\),__vite__mapDeps\(\[([\d,]*)\]/.exec(loader)
  for (const number of home[1].split(',')) ask(path.join(folder, list[Number(number)]))
  let sum = 0
  for (const file of asked) {
    const bytes = gzipSync(readFileSync(file), { level: 9 }).length
    sum += bytes
    console.log(`     ${(bytes / 1024).toFixed(1).padStart(7)} KB  ${path.relative(folder, file)}`)
  }
  say('H5 first load, script and style, gzip', sum, H5_FIRST_LOAD)
}

function miniprogram() {
  const folder = path.join(root, 'mp-weixin')
  const app = JSON.parse(readFileSync(path.join(folder, 'app.json'), 'utf8'))
  const roots = (app.subPackages ?? []).map((one) => one.root)
  const sizes = new Map([['main', 0], ...roots.map((one) => [one, 0])])
  for (const file of files(folder)) {
    const name = path.relative(folder, file)
    const part = roots.find((one) => name.startsWith(one + '/')) ?? 'main'
    sizes.set(part, sizes.get(part) + statSync(file).size)
  }
  for (const [part, bytes] of sizes) say(`mini-program, ${part} package`, bytes, ONE_PACKAGE)
  say('mini-program, all packages', [...sizes.values()].reduce((a, b) => a + b), PACKAGE)
}

h5()
miniprogram()
process.exit(failed ? 1 : 0)
