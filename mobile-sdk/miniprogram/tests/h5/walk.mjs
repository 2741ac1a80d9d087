// Walks through the H5 on phones in a real browser against a real server: sign-in, leave, code, gate offline, public pages.
//
//   LVZHI_BIN=target/debug/lvzhi npm run test:h5
//
// Prints one line per check and "N passed, N failed"; pictures are left in target/screens.

import { startDemo } from '../server/demo.mjs'
import { serveH5 } from '../../scripts/serve-h5.mjs'
import { accessibility, complaints, launch } from './browser.mjs'
import * as signIn from './sign-in.mjs'
import * as duty from './duty.mjs'
import * as gate from './gate.mjs'
import * as everyone from './everyone.mjs'
import * as proposals from './proposals.mjs'
import * as trouble from './trouble.mjs'

let passed = 0
let failed = 0

function check(name, good, detail) {
  if (good) passed += 1
  else failed += 1
  console.log(`${good ? 'ok' : 'not ok'} - ${name}${!good && detail !== undefined ? `: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}` : ''}`)
  return good
}

async function part(name, work) {
  try {
    await work()
  } catch (error) {
    check(name, false, String(error.message || error).split('\n').slice(0, 6).join(' '))
  }
}

/** Axe in light, dark and large text, on the page as it is. */
async function accessible(page, name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    const found = await accessibility(page)
    check(`no WCAG 2.1 A/AA failure: ${name}, ${scheme}`, found.length === 0, found)
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'no-preference' })
}

const only = process.argv[2]
const server = await startDemo({ publicUrl: 'http://phone.test' })
const h5 = await serveH5(server.url)
const browser = await launch()
const world = { server, h5, browser, check, part, accessible }
try {
  for (const [name, { walk }] of Object.entries({ signIn, gate, everyone, trouble, proposals, duty })) {
    // Signing in comes first: the others go on with its log-ins.
    if (!only || only === name || name === 'signIn') await part(name, () => walk(world))
  }
  check('no request went to another host', complaints.foreign.length === 0, complaints.foreign.slice(0, 3))
  check('the content security policy refused nothing', complaints.policy.length === 0, complaints.policy.slice(0, 2))
  check('no script broke', complaints.broken.length === 0, complaints.broken.slice(0, 2))
} finally {
  await browser.close()
  await h5.close()
  await server.stop()
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
