// The journey of one meeting in real browsers against the real server, from the roster's import to the exported lists:
// import roster → open sitting → show screen → three phones sign in (hall code, typed code, gate) → quorum → close → export.
//
//   LVZHI_BIN=target/debug/lvzhi node tests/browser/journey.mjs sqlite
//   LVZHI_BIN=target/debug/lvzhi node tests/browser/journey.mjs postgres
//
// `postgres` runs two processes on a fresh database in LVZHI_TEST_POSTGRES_URL and on LVZHI_TEST_REDIS_URL: console and
// hall screen are served by one, the phones by the other. Prints one line per check and "N passed, N failed"; pictures
// are left in target/screens.

import { randomInt } from 'node:crypto'
import path from 'node:path'
import { clean, closeBrowsers, root } from './browsers.mjs'
import { check, verdict } from './count.mjs'
import * as desk from './desk.mjs'
import * as hall from './hall.mjs'
import * as phones from './phones.mjs'
import { raise } from './servers.mjs'

const kind = process.argv[2]
if (kind !== 'sqlite' && kind !== 'postgres') {
  console.error('usage: node tests/browser/journey.mjs sqlite|postgres')
  process.exit(2)
}

// Numbers of their own for each run: a number gets one code a minute, and Redis may remember the last run.
const number = () => `139${String(randomInt(100_000_000)).padStart(8, '0')}`
const world = {
  delegation: '观澜区代表团',
  title: '第一次全体会议',
  gateName: '东门签到点',
  people: [
    { number: '9801', name: '欧阳清和', gender: '女', employer: '昆州市实验小学', job: '校长', phone: number() },
    { number: '9802', name: '司徒明远', gender: '男', employer: '昆州市第二人民医院', job: '主任医师', phone: number() },
    { number: '9803', name: '诸葛安澜', gender: '男', employer: '云溪镇红岩村', job: '村委会主任', phone: number() },
    { number: '9804', name: '上官静宜', gender: '女', employer: '昆州市图书馆', job: '馆长', phone: number() },
  ],
}

const steps = [
  ['import the roster', () => desk.importRoster(world)],
  ['plan the sitting', async () => {
    world.clerk = await desk.logIn(world, 'clerk')
    await desk.planSitting(world)
  }],
  ['show the screen', async () => {
    world.hall = await hall.openHall(world)
  }],
  ['open the sitting', async () => {
    await desk.openSitting(world)
    await hall.hallOpened(world)
  }],
  ['first phone: hall code', () => phones.byCamera(world)],
  ['second phone: typed code', () => phones.byDigits(world)],
  ['third phone: gate', async () => {
    await desk.showGateCode(world)
    await phones.becomeGate(world)
    await phones.byGate(world)
  }],
  ['quorum reached', async () => {
    await hall.quorumReached(world)
    await desk.watchRoom(world)
  }],
  ['close', async () => {
    await desk.closeSitting(world)
    await hall.hallClosed(world)
  }],
  ['export', () => desk.takeLists(world)],
]

async function down() {
  await closeBrowsers()
  await world.stage?.down()
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await down()
    process.exit(130)
  })
}

try {
  world.stage = await raise(kind, path.resolve(root, process.env.LVZHI_BIN || 'target/debug/lvzhi'))
  for (const [name, step] of steps) {
    console.log(`-- ${name}`)
    try {
      await step()
    } catch (error) {
      // Each step stands on the one before: after a broken one there is nothing to go on with.
      check(name, false, String(error.stack ?? error).split('\n').slice(0, 12).join('\n    '))
      console.error(world.stage.output())
      break
    }
  }
  clean()
} catch (error) {
  check('the servers get ready', false, String(error.message ?? error))
} finally {
  await down()
}
process.exit(verdict() ? 0 : 1)
