// Writes src/generated/ from the contract: the types, and what the client must know of each operation when it runs.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const HERE = new URL('..', import.meta.url)
const CONTRACT = new URL('../../openapi/openapi.json', HERE)
const NOTE = '// Generated from openapi/openapi.json by `npm run generate`; do not edit.\n'

/** The generated files, by their name in src/generated/. */
export async function generate() {
  const contract = JSON.parse(readFileSync(CONTRACT, 'utf8'))
  const types = await openapiTS(contract, { defaultNonNullable: false })
  return { 'schema.ts': `${NOTE}\n${astToString(types)}`, 'operations.ts': NOTE + table(contract) }
}

function table(contract) {
  const rows = []
  for (const [path, item] of Object.entries(contract.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!path.startsWith('/api/v1/')) throw new Error(`${path} lies outside /api/v1: the client has one prefix`)
      const flags = flagsOf(contract, operation)
      rows.push(`  ${operation.operationId}: '${[method.toUpperCase(), path.slice('/api/v1'.length), flags].join(' ').trim()}',`)
    }
  }
  const codes = contract.components.schemas.ErrorCode.enum
  return `
/** The contract that this client was made from; the server hears it with every request. */
export const CONTRACT_VERSION = '${contract.info.version}'

/**
 * Method, path below /api/v1 and flags of every operation: \`i\` takes an Idempotency-Key, \`n\` may be repeated because the
 * thing itself is the key, \`u\` is an upload, \`b\` answers bytes, \`t\` answers text, \`p\` needs no log-in, \`s\` brings tokens,
 * \`c\` is a list with a cursor.
 */
export const OPERATIONS = {
${rows.sort().join('\n')}
}

export type OperationId = keyof typeof OPERATIONS

/** Every code an error can have. */
export const ERROR_CODES = (
  '${codes.join(' ')}'
).split(' ')
`
}

function flagsOf(contract, operation) {
  const parameters = operation.parameters ?? []
  const answers = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'))
  const kinds = answers.flatMap(([, answer]) => Object.keys(answer.content ?? {}))
  const json = answers.flatMap(([, answer]) => answer.content?.['application/json']?.schema ?? [])
  const header = (name) => parameters.some((one) => one.in === 'header' && one.name === name)
  // Arguments are flat: a second name, or another header, would need a place of its own.
  const strange = parameters.find((one) => one.in === 'cookie' || (one.in === 'header' && one.name !== 'Idempotency-Key'))
  if (strange) throw new Error(`${operation.operationId}: the client knows no ${strange.in} parameter ${strange.name}`)
  const names = parameters.filter((one) => one.in !== 'header').map((one) => one.name)
  if (new Set([...names, 'body', 'file']).size < names.length + 2) throw new Error(`${operation.operationId}: two arguments have one name`)
  const flags = {
    i: header('Idempotency-Key'),
    n: operation['x-natural-key'] === true,
    u: Boolean(operation.requestBody?.content['multipart/form-data']),
    b: kinds.some((kind) => !isJson(kind) && !isText(kind)),
    t: kinds.some(isText),
    p: operation.security?.every((way) => Object.keys(way).length === 0) ?? false,
    s: json.some((schema) => hasTokens(contract, schema)),
    c: parameters.some((one) => one.name === 'cursor'),
  }
  return Object.keys(flags).filter((flag) => flags[flag]).join('')
}

const isJson = (kind) => kind === 'application/json'
// What a page shows. CSV is a file to keep: read as text it would lose the mark that tells Excel its encoding.
const isText = (kind) => kind === 'text/html' || kind === 'image/svg+xml'

function hasTokens(contract, schema) {
  if (schema.$ref) return hasTokens(contract, contract.components.schemas[schema.$ref.split('/').pop()])
  return Boolean(schema.properties?.refresh_token) || (schema.allOf ?? []).some((part) => hasTokens(contract, part))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of Object.entries(await generate())) writeFileSync(new URL(`src/generated/${name}`, HERE), text)
}
