// Shows the fields of a body, an answer or a list of parameters, with everything the contract says of each.

import { contract, follow, withoutNull } from './contract.mjs'
import { html, inline, t } from './html.mjs'

/** What kind of value it is, in the words of JSON. */
function kindOf(schema) {
  if (schema.type === 'array') return `${kindOf(withoutNull(schema.items).schema)}[]`
  if (schema.properties || schema.type === 'object') return 'object'
  if (schema.format === 'binary') return 'file'
  if (schema.format === 'uuid' || schema.format === 'date' || schema.format === 'date-time') return schema.format
  return schema.type
}

/** Words for the two ends of a range, of which either may be missing. */
function range(words, min, max) {
  if (min !== undefined && max !== undefined) return t(words, { min, max })
  return min === undefined ? t(`${words}_most`, { max }) : t(`${words}_least`, { min })
}

function limitsOf(schema) {
  const { minLength, maxLength, minItems, maxItems, minimum, maximum } = schema
  const parts = []
  if (minLength ?? maxLength) parts.push(range('characters', minLength, maxLength))
  if (minItems ?? maxItems) parts.push(range('items', minItems, maxItems))
  // That a count is not below zero goes without saying.
  if (maximum !== undefined || minimum) parts.push(range('range', minimum, maximum))
  if (schema.pattern) parts.push(t('pattern', { value: schema.pattern }))
  if (schema.default !== undefined) parts.push(t('default', { value: JSON.stringify(schema.default) }))
  if (schema.additionalProperties === false) parts.push(t('only_known'))
  return parts
}

const choices = (schema) => (schema.enum
  ? html`<p class="choices"><span class="quiet">${t('one_of')}</span> ${schema.enum.map((one) => html`<code>${one}</code> `)}</p>`
  : '')

// What every id and every moment is stands in the guide, once.
const GENERAL = ['Id', 'Ts'].map((name) => contract.components.schemas[name].description)

/** One field with its children; `inside` names the schemas that it lies in, so that none is unfolded within itself. */
function field({ name, property, need, inside, description }) {
  const { schema, nullable } = withoutNull(property)
  const item = schema.type === 'array' ? withoutNull(schema.items).schema : schema
  const limits = limitsOf(schema)
  const words = [description, follow(property).description, schema.description].find((one) => one && !GENERAL.includes(one))
  const example = ['Id', 'Ts'].includes(schema.named) ? undefined : property.example
  const deeper = item.properties && !inside.includes(item.named)
  return html`<li>
<p class="field"><code class="name">${name}</code> <span class="kind">${kindOf(schema)}</span> ${need && html`<span class="need ${need}">${t(need)}</span>`}${nullable && html` <span class="quiet">${t('nullable')}</span>`}</p>
${words && html`<p lang="en">${inline(words)}</p>`}
${limits.length > 0 && html`<p class="quiet">${limits.map((one, index) => html`${index > 0 && ' · '}${one}`)}</p>`}
${choices(item)}
${example !== undefined && !item.enum && html`<p class="quiet">${t('example')} <code>${typeof example === 'string' ? example : JSON.stringify(example)}</code></p>`}
${deeper && fieldsOf(item, { inside, answer: need === 'always' || !need })}
</li>`
}

/** The fields of an object. In an answer it matters what is always there; in a body, what must be given. */
export function fieldsOf(raw, { inside = [], answer = false } = {}) {
  const { schema } = withoutNull(raw)
  // A list of whatever a provider sends has no fields of its own.
  if (!schema.properties) return html``
  const required = schema.required ?? []
  const rows = Object.entries(schema.properties).map(([name, property]) => field({
    name,
    property,
    need: required.includes(name) ? (answer ? 'always' : 'required') : answer ? undefined : 'optional',
    inside: inside.concat(schema.named ?? []),
  }))
  // What must be given comes first.
  const order = Object.keys(schema.properties).map((name, index) => [required.includes(name) ? 0 : 1, index])
  return html`<ul class="fields">${order.sort(([a, i], [b, j]) => a - b || i - j).map(([, index]) => rows[index])}</ul>`
}

/** Parameters of path, query or header. */
export const parametersOf = (parameters) => html`<ul class="fields">${parameters.map((one) => field({
  name: one.name,
  property: { ...one.schema, ...(one.example === undefined ? {} : { example: one.example }) },
  need: one.required ? 'required' : 'optional',
  inside: [],
  description: one.description,
}))}</ul>`
