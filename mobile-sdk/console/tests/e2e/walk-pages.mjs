// Every page once: it comes to rest, axe has nothing to say, light and dark and English, and a picture is left of it.
import { accessible } from './axe.mjs'
import { check, part } from './check.mjs'
import { go, picture, settled } from './hands.mjs'

const PAGES = [
  ['today', '/'], ['meetings', '/meetings'], ['meetings-list', '/meetings?view=list'], ['leave', '/leave'], ['attendance', '/attendance'], ['warnings', '/attendance?tab=warnings'],
  ['certificates', '/certificates'], ['representatives', '/representatives'], ['import', '/representatives/import'], ['terms', '/structure'], ['bodies', '/structure?tab=bodies'],
  ['units', '/structure?tab=units'], ['organisations', '/structure?tab=organisations'], ['settings', '/structure?tab=settings'], ['staff', '/staff'], ['outbox', '/outbox'], ['audit', '/audit'],
  ['account', '/account'], ['missing', '/nowhere']
]
const DARK = ['today', 'meetings', 'attendance', 'representatives', 'audit', 'settings']

export async function pages(stage, page, shared) {
  await part('every page', async () => {
    for (const [name, where] of PAGES) {
      await go(page, stage.base, where)
      await picture(page, `console-${name}`)
      await accessible(page, name)
    }
    await go(page, stage.base, `/sittings/${shared.sitting}`)
    await accessible(page, 'closed sitting')
  })

  await part('dark', async () => {
    await page.emulateMedia({ colorScheme: 'dark' })
    for (const [name, where] of [...PAGES.filter(([one]) => DARK.includes(one)), ['sitting', `/sittings/${shared.sitting}`]]) {
      await go(page, stage.base, where)
      await picture(page, `console-dark-${name}`)
      await accessible(page, `${name} in the dark`)
    }
    await page.emulateMedia({ colorScheme: 'light' })
  })

  await part('English', async () => {
    await go(page, stage.base, '/')
    await page.getByRole('button', { name: 'English' }).click()
    await page.locator('h1', { hasText: 'Today' }).waitFor()
    check('the page says its language', (await page.evaluate(() => document.documentElement.lang)) === 'en')
    for (const [name, where] of PAGES) {
      await go(page, stage.base, where)
      const chrome = await page.evaluate(() => ['.page-head h1', '#nav', 'thead', '.filters', 'h2'].flatMap((one) => Array.from(document.querySelectorAll(one), (node) => node.innerText)).join('\n'))
      check(`English is complete: ${name}`, !/[\u4e00-\u9fff]/.test(chrome.replace(/中文/g, '')) && !/\{\w+\}/.test(chrome), /.{0,20}[\u4e00-\u9fff].{0,20}/.exec(chrome)?.[0])
    }
    await go(page, stage.base, '/attendance')
    await picture(page, 'console-en-attendance')
    await go(page, stage.base, `/sittings/${shared.sitting}`)
    await picture(page, 'console-en-sitting')
    await page.getByRole('button', { name: '中文' }).click()
    await settled(page)
  })

  await part('narrow', async () => {
    await page.setViewportSize({ width: 820, height: 1180 })
    for (const [name, where] of [['today', '/'], ['sitting', `/sittings/${shared.sitting}`]]) {
      await go(page, stage.base, where)
      check(`nothing is wider than a tablet: ${name}`, await page.evaluate(() => document.documentElement.scrollWidth <= 820))
      await picture(page, `console-narrow-${name}`)
    }
    await page.setViewportSize({ width: 1440, height: 900 })
  })
}
