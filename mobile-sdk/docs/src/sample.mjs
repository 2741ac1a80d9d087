// Example values: from the examples in the contract, or made so that they fit their schema.

import { contract, withoutNull } from './contract.mjs'

/** Every example in the contract by the name of its property: the same word means the same thing elsewhere. */
const known = new Map()
for (const schema of Object.values(contract.components.schemas)) {
  for (const part of [schema, ...(schema.allOf ?? [])]) {
    for (const [name, property] of Object.entries(part.properties ?? {})) {
      if (property.example !== undefined && !known.has(name)) known.set(name, property.example)
    }
  }
}

/** Values for words that have no example in the contract, so that an answer reads like one from a real hall. */
const WORDS = {
  'AttendanceLine.state': 'present',
  'AttendanceList.state': 'open',
  'CheckInView.flags': [],
  'CheckInView.state': 'present',
  'DelegationCount.name': '第一代表团',
  'DelegationCount.present': 30,
  'DelegationCount.total': 38,
  'GateEvent.code': 'LZ1.AQGTK26uejx8EJtT',
  attendee_present: 31,
  code: '402817',
  current: true,
  cursor: 'eyJhZnRlciI6IjAxOTMyYjZlIn0',
  delegation: '第一代表团',
  epoch: '01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42',
  first: true,
  how: 'POST /api/v1/auth/sms_codes',
  in_room: true,
  kid: 'k1',
  late: 4,
  name: '张伟',
  name_pinyin: 'zhangwei zw',
  needed: 174,
  present: 198,
  reached: true,
  signature: 'mF0l2yQx7cW1u9sK3oZ8eR5tV6bN4hJ0gD2aS7fP1kL9iM3qE8wX5rC6vT0yU4oI2pA7sD1fG9hJ3kL6zX8cVA',
  since: 41,
  text: '【履职】验证码 123456，5 分钟内有效。',
  title: '第一次全体会议',
  to: '138****1234',
  total: 260,
  voting_present: 198,
  voting_signed: 198,
}

const matches = (value, schema) => {
  const type = schema.type === 'integer' ? 'number' : schema.type
  return typeof value === type && (!schema.pattern || new RegExp(schema.pattern).test(value))
}

function scalar(schema, name) {
  if (schema.example !== undefined) return schema.example
  if (schema.default !== undefined) return schema.default
  if (schema.enum) return schema.enum[0]
  if (schema.format === 'date') return '2026-03-02'
  for (const value of [WORDS[name], known.get(name)]) {
    if (value !== undefined && matches(value, schema)) return value
  }
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 0
  if (schema.type === 'boolean') return false
  return '…'
}

/**
 * An example of a schema. `all`: with every field, as an answer has them; else with the fields that must be there, and those for
 * which the contract gives an example.
 */
export function sample(raw, { all = false, name = '', owner = '', inside = [] } = {}) {
  const given = WORDS[`${owner}.${name}`]
  if (given !== undefined) return given
  const { schema } = withoutNull(raw)
  if (schema.properties) {
    const deeper = { all, owner: schema.named, inside: inside.concat(schema.named ?? []) }
    return Object.fromEntries(Object.entries(schema.properties)
      .filter(([field, property]) => all || schema.required?.includes(field) || property.example !== undefined)
      .map(([field, property]) => [field, valueOf(property, { ...deeper, name: field })]))
  }
  if (schema.type === 'array') {
    const item = withoutNull(schema.items).schema
    return item.named && inside.includes(item.named) ? [] : [sample(schema.items, { all, name, owner, inside })]
  }
  if (schema.type === 'object') return schema.example ?? {}
  return scalar(schema, name)
}

function valueOf(property, options) {
  const { schema, nullable } = withoutNull(property)
  const plain = !schema.properties && schema.type !== 'array'
  // What may be absent is shown only when there is a value that makes sense: a draft has not been opened yet.
  const known = property.example !== undefined || WORDS[options.name] !== undefined
  return nullable && plain && !known ? null : sample(property, options)
}
