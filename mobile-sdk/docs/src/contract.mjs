// Reads the contract and turns it into the list of operations that the pages are made from.

import { readFileSync } from 'node:fs'

export const contract = JSON.parse(readFileSync(new URL('../../../openapi/openapi.json', import.meta.url), 'utf8'))

/** A schema with its reference followed; what stands beside the reference (a description, a default) wins. */
export function follow(schema) {
  if (!schema.$ref) return schema
  const { $ref, ...beside } = schema
  return { ...follow(contract.components.schemas[$ref.split('/').pop()]), ...beside, named: $ref.split('/').pop() }
}

/** A schema with `null` taken out of it, and whether it was there. */
export function withoutNull(schema) {
  const found = follow(schema)
  if (found.oneOf) {
    const rest = found.oneOf.filter((one) => one.type !== 'null')
    // The contract has no other unions: clients in several languages are generated from it.
    if (rest.length !== 1 || rest.length === found.oneOf.length) throw new Error(`a union that the pages cannot show: ${JSON.stringify(schema)}`)
    return { schema: follow(rest[0]), nullable: true }
  }
  if (Array.isArray(found.type)) {
    const [type, more] = found.type.filter((one) => one !== 'null')
    if (more) throw new Error(`two types at once: ${JSON.stringify(schema)}`)
    return { schema: { ...found, type }, nullable: found.type.includes('null') }
  }
  if (found.allOf) {
    const parts = found.allOf.map(follow)
    return {
      schema: {
        ...found,
        type: 'object',
        properties: Object.assign({}, ...parts.map((one) => one.properties)),
        required: parts.flatMap((one) => one.required ?? []),
      },
      nullable: false,
    }
  }
  return { schema: found, nullable: false }
}

function operationOf(path, method, raw) {
  const parameters = (raw.parameters ?? []).map((one) => ({ ...one, schema: follow(one.schema) }))
  const answers = Object.entries(raw.responses)
    .filter(([status]) => /^[123]/.test(status))
    .map(([status, { description, content = {} }]) => {
      const [kind] = Object.keys(content)
      return { status, description, kind, schema: kind && content[kind].schema }
    })
  const content = raw.requestBody?.content ?? {}
  return {
    id: raw.operationId,
    tag: raw.tags[0],
    method: method.toUpperCase(),
    path,
    summary: raw.summary.replace(/\.$/, ''),
    description: raw.description ?? '',
    pathParameters: parameters.filter((one) => one.in === 'path'),
    queryParameters: parameters.filter((one) => one.in === 'query'),
    headerParameters: parameters.filter((one) => one.in === 'header'),
    bodyKinds: Object.keys(content),
    body: content['application/json']?.schema,
    form: content['multipart/form-data']?.schema,
    answers,
    codes: codesByStatus(raw.responses),
    open: raw.security?.every((way) => Object.keys(way).length === 0) ?? false,
    keyed: parameters.some((one) => one.in === 'header' && one.name === 'Idempotency-Key'),
    natural: raw['x-natural-key'] === true,
    list: parameters.some((one) => one.name === 'cursor'),
    socket: '101' in raw.responses,
  }
}

/** The error codes of an operation with their status: the contract lists them in the description of each answer. */
function codesByStatus(responses) {
  return Object.entries(responses)
    .filter(([status]) => /^[45]/.test(status))
    .flatMap(([status, { description }]) => [...description.matchAll(/`(\w+)`/g)].map(([, code]) => ({ status: Number(status), code })))
}

export const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, raw]) => operationOf(path, method, raw)))

/** The tags in the contract's order, with their operations. */
export const groups = contract.tags.map(({ name, description }) => ({
  name,
  description,
  operations: operations.filter((one) => one.tag === name),
})).filter((one) => one.operations.length > 0)

// Codes that any request can meet are not repeated in the contract.
const EVERYWHERE = { method_not_allowed: 405, not_acceptable: 406, client_outdated: 426 }

/** Every error code with its status and the operations that name it. */
export const errorCodes = [...new Set([...contract.components.schemas.ErrorCode.enum, 'client_outdated'])].map((code) => {
  const by = operations.filter((one) => one.codes.some((other) => other.code === code))
  const status = by[0]?.codes.find((other) => other.code === code).status ?? EVERYWHERE[code]
  if (!status) throw new Error(`${code}: the contract does not say with which status it comes`)
  return { code, status, operations: by }
})

/** True for codes that most operations share, so that a page can show its own ones first. */
export const isCommon = (code) => {
  const found = errorCodes.find((one) => one.code === code)
  return found.operations.length > operations.length * 0.4
}
