// The two examples of an operation: a curl command for a shell, and the same call with the SDK.

import { bodies } from './bodies.mjs'
import { withoutNull } from './contract.mjs'
import { sample } from './sample.mjs'

const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const EXTENSIONS = { [SHEET]: 'xlsx', 'text/csv': 'csv', 'image/png': 'png', 'image/svg+xml': 'svg', 'text/html': 'html' }

/** The values that both examples use. */
export function valuesOf(operation) {
  const values = (parameters) => Object.fromEntries(parameters.map((one) => [one.name, one.example ?? sample(one.schema, { name: one.name })]))
  const shown = operation.queryParameters.filter((one) => one.required || one.example !== undefined || ['limit', 'commit'].includes(one.name))
  const query = values(shown)
  if (query.limit) query.limit = 20
  return {
    path: values(operation.pathParameters),
    query,
    body: operation.body && (bodies[operation.id] ?? sample(operation.body)),
  }
}

const quoted = (text) => `'${String(text).replaceAll("'", String.raw`'\''`)}'`

export function curlOf(operation) {
  const { path, query, body } = valuesOf(operation)
  const address = operation.path.replace(/\{(\w+)\}/g, (_, name) => path[name])
  const asks = Object.entries(query)
  const inAddress = operation.method !== 'GET' && asks.length > 0 ? `?${new URLSearchParams(query)}` : ''
  const lines = [`curl${operation.method === 'GET' ? (asks.length ? ' -G' : '') : ` -X ${operation.method}`} "$LVZHI${address}${inAddress}"`]
  if (operation.method === 'GET') for (const [name, value] of asks) lines.push(`--data-urlencode ${quoted(`${name}=${value}`)}`)
  if (!operation.open) lines.push('-H "Authorization: Bearer $TOKEN"')
  if (operation.keyed) lines.push('-H "Idempotency-Key: $(uuidgen)"')
  if (operation.socket) {
    const handshake = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': 13, 'Sec-WebSocket-Key': 'bHZ6aGktbGl2ZS1zb2NrZQ==' }
    lines.push('-N --http1.1', ...Object.entries(handshake).map(([name, value]) => `-H '${name}: ${value}'`))
  }
  if (body !== undefined) lines.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body, null, 2)).replaceAll('\n', '\n  ')}`)
  if (operation.form) lines.push('-F file=@roster.xlsx')
  const file = EXTENSIONS[operation.answers[0].kind]
  if (file) lines.push(`-o ${operation.id}.${file}`)
  return lines.join(' \\\n  ')
}

/** A value as TypeScript text, in the manner of hand-written code. */
function literal(value, indent = '') {
  if (typeof value === 'string') return quotedJs(value)
  if (value === null || typeof value !== 'object') return String(value)
  const inner = `${indent}  `
  const parts = Array.isArray(value)
    ? value.map((one) => literal(one, inner))
    : Object.entries(value).map(([name, one]) => `${name}: ${literal(one, inner)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{ ', ' }']
  const short = `${open}${parts.join(', ')}${close}`
  if (parts.length === 0) return short.replaceAll(' ', '')
  if (!short.includes('\n') && indent.length + short.length <= 72) return short
  return `${open.trim()}\n${parts.map((one) => `${inner}${one},\n`).join('')}${indent}${close.trim()}`
}

const quotedJs = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`

const VERBS = /_(list|get|create|update|begin|confirm|change|resolve|approve|refuse|withdraw|revoke|open|close|cancel|end|resume|suspend|enrol|import|issue)$/
/** A name for the answer: what the operation is about. */
const nameOf = (id) => {
  const name = id.replace(VERBS, '').replace(/_(\w)/g, (_, letter) => letter.toUpperCase())
  return RESERVED.includes(name) ? `${name}ed` : name
}
const RESERVED = ['return']

const WEB_FILE = 'input.files![0]!'
const WX_FILE = 'tempFiles[0]'

/** The SDK's example as `{ code, title }`; an upload has one for the browser and one for the mini-program. */
export function sdkOf(operation) {
  const { id } = operation
  if (id === 'auth_refresh') return [{ code: 'await client.auth_refresh()' }]
  const { path, query, body } = valuesOf(operation)
  if (operation.socket) return [{ code: liveCode(path.id) }]
  const call = (extra = {}) => {
    const args = literal({ ...path, ...query, ...(body === undefined ? {} : { body }) }, '')
    if (!operation.form) return args === '{}' ? '' : args
    return literal({ ...path, ...query, file: 'FILE' }, '').replace("'FILE'", extra.file)
  }
  if (operation.form) {
    return [
      { title: 'sdk_in_browser', code: `const report = await client.${id}(${call({ file: WEB_FILE })})\nconsole.log(report)` },
      {
        title: 'sdk_in_wx',
        code: `const { tempFiles } = await wx.chooseMessageFile({\n  count: 1,\n  type: 'file',\n  extension: ['xlsx', 'csv'],\n})\nconst report = await client.${id}(${call({ file: WX_FILE })})\nconsole.log(report)`,
      },
    ]
  }
  if (operation.list) return [{ code: `for await (const ${nameOf(id)} of client.each.${id}(${call()})) {\n  console.log(${nameOf(id)})\n}` }]
  const answer = operation.answers[0]
  if (!answer.kind) return [{ code: `await client.${id}(${call()})` }]
  if (answer.kind !== 'application/json') {
    const wanted = ['text/html', 'image/svg+xml'].includes(answer.kind) ? 'text, contentType' : 'bytes, filename'
    return [{ code: `const { ${wanted} } = await client.${id}(${call()})` }]
  }
  if (isTokens(answer.schema)) return [{ code: `await client.${id}(${call()})\nconsole.log(client.session.signedIn) // true` }]
  return [{ code: `const ${nameOf(id)} = await client.${id}(${call()})\nconsole.log(${nameOf(id)})` }]
}

export const isTokens = (schema) => Boolean(schema && withoutNull(schema).schema.properties?.refresh_token)

function liveCode(id) {
  return `const live = client.live(${quotedJs(id)}, {
  onBoard: ({ counts, quorum }) => {
    console.log(counts.voting_present, quorum.reached)
  },
  onState: (state, error) => {
    console.log(state, error?.code)
  },
})

// When the page is left:
live.close()`
}

/** All SDK examples as one module, which a test compiles against the SDK. */
export function exampleModule(operations) {
  const parts = operations.flatMap((operation) => sdkOf(operation).map(({ code }, index) =>
    `export async function ${operation.id}${index || ''}() {\n${code.replaceAll(/^(?=.)/gm, '  ')}\n}\n`))
  return `// Made by the build from the examples on the pages, to be compiled by a test.

import type { Client, WxFile } from '@lvzhi/client'

declare const client: Client
declare const input: HTMLInputElement
declare const wx: { chooseMessageFile(options: { count: number, type: 'file', extension: string[] }): Promise<{ tempFiles: [WxFile] }> }

${parts.join('\n')}`
}
