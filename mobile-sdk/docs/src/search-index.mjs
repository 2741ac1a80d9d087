// What the search looks through: every operation, error code and section of the guide, in both languages.

import { errorCodes, operations, withoutNull } from './contract.mjs'
import { sentencesOf } from './errors.mjs'
import { addressOf, BASE } from './layout.mjs'
import { en } from './words/en.mjs'
import { titles } from './words/titles.mjs'
import { zh } from './words/zh.mjs'

/** The names of all fields in a schema. */
function names(schema, inside = []) {
  const found = schema && withoutNull(schema).schema
  if (!found) return []
  if (found.type === 'array') return names(found.items, inside)
  if (!found.properties || inside.includes(found.named)) return []
  return Object.entries(found.properties).flatMap(([name, property]) => [name, ...names(property, inside.concat(found.named ?? []))])
}

/** Entries are `{ to, zh, en, name, method, words }`; `words` is what is searched besides the names, in small letters. */
export function searchIndex(sections) {
  return [
    ...operations.map((one) => ({
      to: addressOf(one.id),
      zh: titles[one.id] ?? one.summary,
      en: one.summary,
      name: one.id,
      method: one.method,
      words: unique([
        one.path, zh[one.tag], en[one.tag], one.description, ...one.codes.map(({ code }) => code),
        ...[...one.pathParameters, ...one.queryParameters, ...one.headerParameters].map(({ name }) => name),
        ...names(one.body), ...one.answers.flatMap(({ schema }) => names(schema)),
      ]),
    })),
    ...errorCodes.map(({ code, status }) => ({
      to: `${addressOf('errors')}#${code}`, zh: sentencesOf.get(code).zh, en: sentencesOf.get(code).en, name: code, method: String(status), words: '',
    })),
    ...sections.map(({ id, titles: [chinese, english] }) => ({ to: `${BASE}#${id}`, zh: chinese, en: english, name: '', method: '', words: '' })),
  ]
}

const unique = (texts) => [...new Set(texts.join(' ').toLowerCase().split(/\s+/))].join(' ')
