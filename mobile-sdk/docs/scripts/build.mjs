// Writes dist/: the start page, a page for every operation, and what they need beside them; and build/ for the tests.

import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('..', import.meta.url))
const client = fileURLToPath(new URL('../../client/', import.meta.url))
if (!existsSync(`${client}dist/messages.js`)) {
  // The sentences of the error codes come from the SDK as it is published.
  if (!existsSync(`${client}node_modules`)) execFileSync('npm', ['ci'], { cwd: client, stdio: 'inherit' })
  execFileSync('npm', ['run', 'build'], { cwd: client, stdio: 'inherit' })
}

const { operations } = await import('../src/contract.mjs')
const { exampleModule } = await import('../src/examples.mjs')
const { guide } = await import('../src/guide.mjs')
const { setSections } = await import('../src/layout.mjs')
const { operationPage } = await import('../src/operation-page.mjs')
const { errorsPage, sdkPage, startPage } = await import('../src/other-pages.mjs')
const { searchIndex } = await import('../src/search-index.mjs')

const sections = guide()
setSections(sections)

const pages = { index: startPage(sections), errors: errorsPage(), sdk: sdkPage() }
for (const operation of operations) {
  if (pages[operation.id] || ['assets', 'try'].includes(operation.id)) throw new Error(`${operation.id} has the name of another page`)
  pages[operation.id] = operationPage(operation)
}

rmSync(`${here}dist`, { recursive: true, force: true })
mkdirSync(`${here}dist`)
mkdirSync(`${here}build`, { recursive: true })
cpSync(`${here}assets`, `${here}dist/assets`, { recursive: true })
for (const [name, text] of Object.entries(pages)) writeFileSync(`${here}dist/${name}.html`, text)
writeFileSync(`${here}dist/assets/search.json`, JSON.stringify(searchIndex(sections)))
writeFileSync(`${here}build/examples.ts`, exampleModule(operations))
console.log(`${Object.keys(pages).length} pages`)
