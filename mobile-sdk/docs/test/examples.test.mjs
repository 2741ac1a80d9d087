// Every example on the pages is checked as its reader will use it: by the shell, by the compiler, and against the contract.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import Ajv from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { contract, operations } from '../src/contract.mjs'
import { curlOf, sdkOf } from '../src/examples.mjs'
import { sectionsOf } from '../src/guide.mjs'
import { sample } from '../src/sample.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const ajv = formats.default(new Ajv({ strict: false, allErrors: true }))
for (const name of ['int32', 'int64', 'float', 'double', 'binary']) ajv.addFormat(name, true)
ajv.addSchema(contract, 'contract')

function check(schema, value, name) {
  const valid = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"contract#/')))
  assert.ok(valid(value), `${name}: ${ajv.errorsText(valid.errors)} in ${JSON.stringify(value)}`)
}

/** Runs a command with a `curl` that only tells what it was given. */
function argumentsOf(command) {
  const script = `set -eu\ncurl() { printf '%s\\0' "$@"; }\nuuidgen() { echo 1f0c6d4e-0000-4000-8000-000000000000; }\nLVZHI=http://lvzhi.test TOKEN=token\n${command}\n`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
  assert.equal(status, 0, `${command}\n${stderr}`)
  return stdout.split('\0').slice(0, -1)
}

test('every curl example is one well-formed command that asks for its operation', () => {
  for (const one of operations) {
    const command = curlOf(one)
    const { status, stderr } = spawnSync('bash', ['-n'], { input: command, encoding: 'utf8' })
    assert.equal(status, 0, `${one.id}: ${stderr}`)
    const given = argumentsOf(command)
    const of = (flag) => given.flatMap((word, index) => (given[index - 1] === flag ? [word] : []))
    const url = new URL(given.find((word) => word.startsWith('http')))
    const pattern = one.path.replace(/[.]/g, '\\.').replace('{year}', '20[0-9][0-9]').replace(/\{\w+\}/g, '[0-9a-f-]{36}')
    assert.match(url.pathname, new RegExp(`^${pattern}$`), one.id)
    assert.equal(of('-X')[0] ?? 'GET', one.method, one.id)
    const headers = of('-H').map((header) => header.split(': ')[0])
    assert.equal(headers.includes('Authorization'), !one.open, `${one.id}: log-in`)
    assert.equal(headers.includes('Idempotency-Key'), one.keyed, `${one.id}: idempotency key`)
    assert.equal(headers.includes('Content-Type'), Boolean(one.body), `${one.id}: content type`)
    const asked = [...url.searchParams.keys(), ...of('--data-urlencode').map((word) => word.split('=')[0])]
    for (const name of asked) assert.ok(one.queryParameters.some((parameter) => parameter.name === name), `${one.id}: ${name}`)
    if (one.body) check(one.body, JSON.parse(of('-d')[0]), one.id)
    assert.equal(given.includes('-F'), Boolean(one.form), `${one.id}: form`)
  }
})

test('the commands of the guide are well-formed', () => {
  for (const language of ['zh', 'en']) {
    const commands = sectionsOf(language).flatMap(({ body }) => [...body.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, lines]) => lines))
    assert.ok(commands.length >= 2)
    for (const lines of commands) assert.equal(spawnSync('bash', ['-n'], { input: lines }).status, 0, lines)
  }
})

test('every SDK example, and those of the guide, compile against the SDK', () => {
  const made = readFileSync(`${here}build/examples.ts`, 'utf8')
  for (const { id } of operations) assert.ok(made.includes(`function ${id}()`), id)
  for (const language of ['zh', 'en']) {
    const parts = sectionsOf(language).flatMap(({ body }) => [...body.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, lines]) => lines))
    const imports = parts.flatMap((lines) => lines.match(/^import .*$/gm) ?? [])
    const works = parts.map((lines, index) => `async function part${index}() {\n${lines.replace(/^import .*$/gm, '')}\n}\nvoid part${index}\n`)
    const given = 'declare const phone: string, code: string, sittingId: string, sitting_id: string, ticket: string\n'
    const outside = "declare const client: import('@lvzhi/client').Client\n"
    writeFileSync(`${here}build/guide-${language}.ts`, [...imports, given, outside, ...works].join('\n'))
  }
  const { status, stdout } = spawnSync(process.execPath, [`${here}node_modules/typescript/bin/tsc`, '-p', `${here}test/tsconfig.json`], { encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

test('every page shows the examples that were checked', () => {
  const plain = (text) => text.replace(/<[^>]+>/g, '').replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  for (const one of operations) {
    const shown = plain(readFileSync(`${here}dist/${one.id}.html`, 'utf8'))
    for (const text of [curlOf(one), ...sdkOf(one).map(({ code }) => code)]) assert.ok(shown.includes(text), `${one.id}: ${text}`)
  }
})

test('every example of an answer fits the contract', () => {
  for (const one of operations) {
    for (const { kind, schema } of one.answers) {
      if (kind === 'application/json') check(schema, sample(schema, { all: true }), one.id)
    }
  }
})

