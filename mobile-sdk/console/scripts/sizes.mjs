// Prints what the build weighs, gzipped, and fails when the first load of a page grows past its limit.
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const weigh = (name) => gzipSync(readFileSync(dist + name)).length
const kb = (bytes) => `${(bytes / 1024).toFixed(1)} KB`.padStart(10)

/** Scripts and styles that a page names itself, before any route is chosen. */
function firstLoad(page) {
  const html = readFileSync(dist + page, 'utf8')
  if (/<script(?![^>]*\bsrc=)[^>]*>\s*\S/.test(html) || /<style/.test(html)) throw new Error(`${page} holds an inline script or style, which the policy forbids`)
  return [...html.matchAll(/(?:src|href)="\/console\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
}

const files = readdirSync(`${dist}assets`).filter((name) => /\.(js|css)$/.test(name)).map((name) => ({ name, bytes: weigh(`assets/${name}`) })).sort((a, b) => b.bytes - a.bytes)
for (const { name, bytes } of files.slice(0, 12)) console.log(`${kb(bytes)}  ${name}`)
console.log(`${kb(files.reduce((sum, one) => sum + one.bytes, 0))}  all ${files.length} scripts and styles, gzip`)

const LIMITS = { 'index.html': 150, 'screen.html': 25 }
let heavy = false
for (const [page, limit] of Object.entries(LIMITS)) {
  const bytes = firstLoad(page).reduce((sum, name) => sum + weigh(name), 0)
  heavy ||= bytes > limit * 1024
  console.log(`${kb(bytes)}  first load of ${page} (limit ${limit} KB)`)
}
if (heavy) process.exitCode = 1
