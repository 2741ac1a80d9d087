// Walks through the console and the hall screen in a real browser against a real demo server:
//
//   LVZHI_BIN=/path/to/lvzhi npm run test:e2e
//
// Prints one line for each check and "N passed, N failed"; pictures are left in target/screens of the repository.
import path from 'node:path'
import { check, part, verdict } from './check.mjs'
import { raise } from './stage.mjs'
import { doors } from './walk-doors.mjs'
import { room } from './walk-room.mjs'
import { desk } from './walk-desk.mjs'
import { pages } from './walk-pages.mjs'
import { handler } from './walk-handler.mjs'
import { proposals } from './walk-proposals.mjs'

const bin = process.env.LVZHI_BIN
if (!bin) {
  console.error('LVZHI_BIN names the server to walk through, such as target/debug/lvzhi')
  process.exit(2)
}
const stage = await raise(path.resolve(bin))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => { void stage.down().then(() => process.exit(130)) })

try {
  const page = await (await stage.context()).newPage()
  const shared = {}
  await part('doors', () => doors(stage, page))
  await part('room', () => room(stage, page, shared))
  await part('desk', () => desk(stage, page, shared))
  await part('pages', () => pages(stage, page, shared))
  await part('handler', () => handler(stage))
  await part('proposals', () => proposals(stage))
  check('no request went to another host', stage.seen.foreign.length === 0, stage.seen.foreign.slice(0, 3))
  check('the content security policy refused nothing', stage.seen.policy.length === 0, stage.seen.policy.slice(0, 3))
  check('no script broke', stage.seen.broken.length === 0, stage.seen.broken.slice(0, 3))
  check('no file was missing', stage.seen.missing.length === 0, stage.seen.missing.slice(0, 3))
} finally {
  await stage.down()
}
process.exitCode = verdict() ? 0 : 1
