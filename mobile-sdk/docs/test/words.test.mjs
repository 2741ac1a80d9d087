// Both languages say the same things, and what stands beside the contract knows all of it and nothing more.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bodies } from '../src/bodies.mjs'
import { contract, errorCodes, groups, operations } from '../src/contract.mjs'
import { sentencesOf } from '../src/errors.mjs'
import { sectionsOf } from '../src/guide.mjs'
import { en } from '../src/words/en.mjs'
import { titles } from '../src/words/titles.mjs'
import { zh } from '../src/words/zh.mjs'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const ids = operations.map(({ id }) => id)
const files = (folder) => readdirSync(folder, { recursive: true }).map(String)

test('both dictionaries have the same words', () => {
  assert.deepEqual(Object.keys(en), Object.keys(zh))
  const holes = (text) => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  for (const key of Object.keys(zh)) assert.deepEqual(holes(en[key]), holes(zh[key]), key)
})

test('every operation has a Chinese title in src/words/titles.mjs, and none is left over', () => {
  assert.deepEqual(Object.keys(titles).sort(), [...ids].sort())
  const twice = Object.values(titles).filter((title, index, all) => all.indexOf(title) !== index)
  assert.deepEqual(twice, [])
})

test('every tag is named in both languages', () => {
  for (const { name } of groups) assert.ok(zh[name] && en[name], name)
})

test('example bodies belong to operations', () => {
  for (const id of Object.keys(bodies)) assert.ok(ids.includes(id), id)
})

test('the guide has the same sections in both languages', () => {
  const frame = (language) => sectionsOf(language).map(({ id, body }) => [
    id, body.match(/^```\w+/gm), body.match(/^\|/gm)?.length, body.match(/\/docs\/\w+/g)?.sort(),
  ])
  assert.deepEqual(frame('en'), frame('zh'))
})

test('every error code of the contract is explained', () => {
  const page = readFileSync(`${dist}errors.html`, 'utf8')
  for (const code of contract.components.schemas.ErrorCode.enum) {
    assert.ok(sentencesOf.get(code).zh && sentencesOf.get(code).en, code)
    assert.ok(page.includes(`id="${code}"`), code)
  }
  assert.ok(errorCodes.every(({ status }) => status >= 400 && status < 600))
})

test('every link leads somewhere, and nothing is asked of another host', () => {
  const there = files(dist)
  const pages = new Map(there.filter((name) => name.endsWith('.html')).map((name) => [name, readFileSync(dist + name, 'utf8')]))
  assert.equal(pages.size, operations.length + 3)
  for (const [name, page] of pages) {
    const anchors = page.match(/ id="[^"]+"/g)
    assert.equal(new Set(anchors).size, anchors.length, `${name}: an id twice`)
    for (const [, , address] of page.matchAll(/ (href|src)="([^"]+)"/g)) {
      if (/^(https?:|\/openapi\.json$|\/docs\/try\/)/.test(address)) continue
      const [path, anchor] = decodeURIComponent(address).split('#')
      const target = path === '' ? name : path.replace(/^\/docs\//, '').replace(/^$/, 'index.html')
      const file = there.find((one) => one === target || one === `${target}.html`)
      assert.ok(file, `${name}: ${address}`)
      if (anchor) assert.ok(pages.get(file).includes(` id="${anchor}"`), `${name}: ${address}`)
    }
    // Links that a person may follow are one thing; what a page loads by itself is another.
    for (const [tag] of page.matchAll(/<(?:script|link|img|iframe|source)\b[^>]*>/g)) assert.doesNotMatch(tag, /https?:/, name)
    assert.doesNotMatch(page, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/, `${name}: inline script or style`)
  }
})
