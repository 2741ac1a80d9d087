// What is published: true to the contract, small, complete, and self-contained.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { CONTRACT_VERSION, createClient, ERROR_CODES, memoryStorage } from '@lvzhi/client'
import { generate } from '../scripts/generate.mjs'
import { network } from './fakes.mjs'

const here = new URL('..', import.meta.url)
const text = (path) => readFileSync(new URL(path, here), 'utf8')
const contract = JSON.parse(text('../../openapi/openapi.json'))
const operations = Object.values(contract.paths).flatMap((item) => Object.values(item))

test('the generated files are those of the contract', async () => {
  for (const [name, expected] of Object.entries(await generate())) {
    assert.ok(text(`src/generated/${name}`) === expected, `src/generated/${name} is stale: npm run generate`)
  }
  assert.equal(CONTRACT_VERSION, contract.info.version)
  assert.deepEqual(ERROR_CODES, contract.components.schemas.ErrorCode.enum)
})

test('the package has the version of the contract', () => {
  assert.equal(JSON.parse(text('package.json')).version, contract.info.version)
})

test('every operation has its method, every list its iterator', () => {
  const client = createClient({ baseUrl: '', transport: network(() => {}), storage: memoryStorage() })
  for (const { operationId, parameters = [] } of operations) {
    assert.equal(typeof client[operationId], 'function', operationId)
    const isList = parameters.some((one) => one.name === 'cursor')
    assert.equal(typeof client.each[operationId], isList ? 'function' : 'undefined', operationId)
  }
})

test('core and transports are at most 12 KB compressed', (t) => {
  const size = (name) => gzipSync(text(`dist/${name}`), { level: 9 }).length
  const sizes = Object.fromEntries(['index.js', 'web.js', 'wx.js', 'messages.js'].map((name) => [name, size(name)]))
  const core = sizes['index.js'] + sizes['web.js'] + sizes['wx.js']
  t.diagnostic(`core ${sizes['index.js']} B + web ${sizes['web.js']} B + wx ${sizes['wx.js']} B = ${core} B gzip, at most 12288; messages apart: ${sizes['messages.js']} B`)
  assert.ok(core <= 12 * 1024, `${core} B`)
  assert.deepEqual(readdirSync(new URL('dist', here)).filter((name) => name.endsWith('.js')).sort(), ['index.js', 'messages.js', 'web.js', 'wx.js'])
})

test('what is published imports nothing and finds its types', () => {
  for (const { default: code, types } of Object.values(JSON.parse(text('package.json')).exports).filter((one) => one.types)) {
    assert.doesNotMatch(text(code), /^\s*import |\brequire\(/m)
    for (const [, path] of text(types).matchAll(/from '(\.[^']+)\.js'/g)) assert.ok(existsSync(new URL(`dist/${path}.d.ts`, here)), path)
  }
})

test('the lock file names no registry', () => assert.doesNotMatch(text('package-lock.json'), /"resolved": "http/))
