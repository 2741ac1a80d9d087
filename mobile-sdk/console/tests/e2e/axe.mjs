// Asks axe about a page: WCAG 2.1 A and AA, nothing left out.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { check } from './check.mjs'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export async function accessible(page, name) {
  // Evaluated by the debugger, so that the page's policy stays as strict as it is.
  await page.evaluate(source)
  // Half-faded colours would be judged as if they stayed.
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().iterations !== Infinity).map((one) => one.finished.catch(() => {}))))
  const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations'] }))
  const told = found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary?.split('\n')[1]?.trim() ?? ''}`).join(' | ')}`)
  check(`accessible: ${name}`, told.length === 0, told.join('\n    '))
}
