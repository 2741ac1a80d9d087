// The dictionaries say the same things in both languages.
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { en } from '../../src/i18n/en'
import { zh } from '../../src/i18n/zh'
import * as hall from '../../src/screen/words'

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort()

describe.each([['console', zh, en], ['hall screen', hall.zh, hall.en]] as [string, Record<string, string>, Record<string, string>][])('%s', (_, chinese, english) => {
  it('has the same keys', () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort())
  })
  it('leaves nothing untranslated', () => {
    const left = Object.entries(english).filter(([key, text]) => /[\u4e00-\u9fff]/.test(text) && key !== 'language').map(([key]) => key)
    expect(left).toEqual([])
  })
})

it('has the same holes in both languages', () => {
  const different = Object.keys(zh).filter((key) => holes(zh[key as keyof typeof zh]).join() !== holes(en[key as keyof typeof zh]).join())
  expect(different).toEqual([])
})

/** All words inside quotes and templates of the sources, to find keys that nobody uses. */
function sources(folder: URL): string {
  return readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (entry.isDirectory()) return entry.name === 'i18n' ? '' : sources(new URL(`${entry.name}/`, folder))
    return /\.(vue|ts)$/.test(entry.name) ? readFileSync(new URL(entry.name, folder), 'utf8') : ''
  }).join('\n')
}

it('keeps no key that is never used', () => {
  const text = sources(new URL('../../src/', import.meta.url))
  // Keys that are put together at run time: t(`seat.${action}_title`), tv('role', …), <StateTag group="role">.
  const groups = new Set([...text.matchAll(/\btv\('(\w+)'|group="(\w+)"/g)].map((match) => match[1] ?? match[2]))
  const built = [...text.matchAll(/t\(`([^`]+)`/g)].map((match) => new RegExp(`^${match[1]!.replace(/[.]/g, '\\.').replace(/\$\{[^}]+\}/g, '.+')}$`))
  const unused = Object.keys(zh).filter((key) => !text.includes(`'${key}'`) && !groups.has(key.split('.')[0]!) && !built.some((one) => one.test(key)))
  expect(unused).toEqual([])
})
