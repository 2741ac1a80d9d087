// The hall screen: opened by its link, photographed, and asked when it showed what, by its own clock.

import { accessible, person, picture, scanned, SCREEN } from './browsers.mjs'
import { check } from './count.mjs'

export async function openHall(world) {
  // The link is made for the address of the phones; the hall's computer hangs on another process, if there is one.
  const link = world.screenLink.replace(world.stage.phones, world.stage.desk)
  const hall = await person(world.stage.desk, SCREEN)
  await hall.goto(link)
  await hall.getByText('签到尚未开始').waitFor()
  await hall.locator('#link.live').waitFor()
  check('the token has left the address bar', !hall.url().includes('token'), hall.url())
  check('before the opening the hall shows no code', await hall.locator('#qr').isHidden())
  await hall.evaluate(() => {
    globalThis.seen = []
    const note = () => {
      const now = { present: Number.parseInt(document.querySelector('#present').textContent, 10), names: document.querySelector('#ticker').textContent }
      const last = globalThis.seen.at(-1)
      if (last?.present !== now.present || last?.names !== now.names) globalThis.seen.push({ ...now, at: performance.timeOrigin + performance.now() })
    }
    const observer = new MutationObserver(note)
    for (const id of ['present', 'ticker']) observer.observe(document.getElementById(id), { childList: true, subtree: true, characterData: true })
  })
  await picture(hall, 'screen-waiting')
  await accessible(hall, 'hall screen before the opening')
  return hall
}

export async function hallOpened(world) {
  const { hall } = world
  await hall.locator('#qr').waitFor()
  // Code and count come by two ways, so either may be drawn first.
  await hall.locator('#state', { hasText: '签到中' }).waitFor()
  await hall.getByText('距法定人数还差 3 人').waitFor()
  check('the opening brings code, state and quorum to the hall by itself', true)
  check('the quorum is two thirds of four seats', /须 3 人/.test(await hall.locator('#quorum-rule').innerText()), await hall.locator('#quorum-rule').innerText())
  const [link] = await scanned(hall, 'screen-open')
  check('any camera reads a sign-in link on the photograph', new RegExp(`^${world.stage.phones}/c/[\\w-]+$`).test(link), link)
  await accessible(hall, 'hall screen with the code')
}

/** Right after the code has changed, so that a photograph of it is good for as long as any can be. */
export async function freshCode(page, selector) {
  const before = await page.locator(selector).getAttribute('src')
  await page.waitForFunction(([where, old]) => {
    const now = document.querySelector(where)?.getAttribute('src')
    return now && now !== old
  }, [selector, before])
}

/** When the page's own record has the server's answer to a request arrived. */
async function answeredAt(page, tail) {
  const handle = await page.waitForFunction((end) => {
    const answers = performance.getEntriesByType('resource').filter((one) => new URL(one.name).pathname.endsWith(end) && one.responseStatus >= 200 && one.responseStatus < 300)
    return answers.length > 0 && performance.timeOrigin + answers.at(-1).responseEnd
  }, tail)
  return handle.jsonValue()
}

/** The promise of one second, by the clocks of the two pages: from the answer on the phone to the change on the screen. */
export async function shownInTime(world, page, tail, name, present) {
  const answered = await answeredAt(page, tail)
  const handle = await world.hall.waitForFunction(([who, count]) => globalThis.seen.find((one) => one.present === count && one.names.includes(who))?.at, [name, present])
  const delay = Math.round((await handle.jsonValue()) - answered)
  console.log(`   ${name} on the hall screen ${delay} ms after the answer`)
  check(`the hall counts and names ${name} within one second`, delay <= 1000, `${delay} ms`)
}

export async function quorumReached(world) {
  const { hall } = world
  await hall.locator('#quorum.reached').waitFor()
  check('the hall says 已达法定人数', (await hall.locator('#quorum-words').innerText()).includes('已达法定人数'))
  check('the hall shows 3 of 4', /^3\s*人/.test(await hall.locator('#present').innerText()) && /^4\s*人/.test(await hall.locator('#should').innerText()))
  await picture(hall, 'screen-quorum')
  await accessible(hall, 'hall screen with quorum')
}

export async function hallClosed(world) {
  const { hall } = world
  await hall.getByText('签到已结束', { exact: true }).first().waitFor()
  check('after the closing the hall shows no code', await hall.locator('#qr').isHidden())
  await picture(hall, 'screen-closed')
  await accessible(hall, 'hall screen after the closing')
}
