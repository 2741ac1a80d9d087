// The page of one operation: what it does, what it takes and answers, what can go wrong, and how to call it.

import { isCommon, operations, withoutNull } from './contract.mjs'
import { handlingOf, sentencesOf } from './errors.mjs'
import { curlOf, isTokens, sdkOf } from './examples.mjs'
import { fieldsOf, parametersOf } from './fields.mjs'
import { both, code, html, inline, t, text } from './html.mjs'
import { addressOf, BASE, method, page, titleOf } from './layout.mjs'
import { sample } from './sample.mjs'
import { titles } from './words/titles.mjs'

const badges = (one) => html`<ul class="badges">
<li class="to-examples"><a href="#examples">${t('example')}</a></li>
<li>${t(one.open ? 'open' : 'needs_log_in')}</li>
${one.list && html`<li><a href="${BASE}#paging">${t('list')}</a></li>`}
${one.keyed && html`<li><a href="${BASE}#idempotency">${t('keyed')}</a></li>`}
${one.natural && html`<li><a href="${BASE}#idempotency">${t('natural')}</a></li>`}
${one.socket && html`<li><a href="${BASE}#live">${t('socket')}</a></li>`}
</ul>`

/** A long path breaks between its parts. */
const path = (text) => text.split('/').map((part, index) => html`${index > 0 && html`/<wbr>`}${part}`)

const section = (id, words, content) => html`<section aria-labelledby="${id}"><h2 id="${id}">${t(words)}</h2>${content}</section>`

function body(one) {
  if (one.form) {
    const others = one.bodyKinds.filter((kind) => kind !== 'multipart/form-data')
    return section('body', 'form', html`${fieldsOf(one.form)}${others.length > 0 && html`<p class="quiet kinds">${t('form_or_raw', { kinds: others.join(', ') })}</p>`}`)
  }
  return one.body && section('body', 'body', html`${description(one.body)}${fieldsOf(one.body)}`)
}

const description = (schema) => {
  const words = withoutNull(schema).schema.description
  return words && html`<p class="lead" lang="en">${inline(words)}</p>`
}

/** Answers that look the same are shown once, with all their statuses. */
function answers(one) {
  const groups = []
  for (const answer of one.answers) {
    const same = groups.find((other) => JSON.stringify(other.schema) === JSON.stringify(answer.schema))
    if (same) same.statuses.push(answer)
    else groups.push({ ...answer, statuses: [answer] })
  }
  return section('answers', 'answers', groups.map((group) => html`
<ul class="statuses">${group.statuses.map(({ status, description: words }) => html`<li><span class="status ok">${status}</span> <span lang="en">${inline(words)}</span></li>`)}</ul>
${shapeOf(group)}`))
}

function shapeOf({ kind, schema, status }) {
  if (status === '101') return html`<p>${t('frames')} <a href="${BASE}#live">${t('live_socket')}</a></p>`
  if (!kind) return html`<p class="quiet">${t('no_content')}</p>`
  if (kind !== 'application/json') return html`<p class="quiet">${t('file')} · <code>${kind}</code></p>`
  return html`${description(schema)}${fieldsOf(schema, { answer: true })}`
}

function errorTable(codes) {
  return html`<div class="table"><table>
<thead><tr><th scope="col">${t('code')}</th><th scope="col">${t('status')}</th><th scope="col">${t('sentence')}</th><th scope="col">${t('handling')}</th></tr></thead>
<tbody>${codes.map(({ code: name, status }) => html`<tr>
<th scope="row"><a href="${addressOf('errors')}#${name}"><code>${name}</code></a></th><td><span class="status bad">${status}</span></td>
<td>${both(sentencesOf.get(name).zh, sentencesOf.get(name).en)}</td><td class="quiet">${t(handlingOf(name))}</td></tr>`)}</tbody></table></div>`
}

function errors(one) {
  const own = one.codes.filter(({ code: name }) => !isCommon(name))
  const common = one.codes.filter(({ code: name }) => isCommon(name))
  return html`${own.length > 0 && section('own-errors', 'own_errors', errorTable(own))}
${common.length > 0 && section('common-errors', 'common_errors', html`<details><summary>${t('code')} × ${common.length}</summary>${errorTable(common)}</details>`)}`
}

function notes(one) {
  const keys = []
  if (one.list) keys.push('note_list')
  if (one.id === 'auth_refresh') keys.push('note_refresh')
  else if (isTokens(one.answers[0].schema)) keys.push('note_tokens')
  if (one.id === 'auth_logout') keys.push('note_logout')
  if (one.socket) keys.push('note_live')
  if (one.keyed) keys.push('note_key')
  return keys.map((key) => html`<p class="quiet">${t(key)}</p>`)
}

function examples(one) {
  // Of two answers the last is the usual one: 201, with 200 for a repetition.
  const answer = one.answers.at(-1)
  const json = answer.kind === 'application/json' && JSON.stringify(sample(answer.schema, { all: true }), null, 2)
  return html`<aside class="examples" aria-labelledby="examples"><h2 id="examples">${t('example')}</h2>
${sdkOf(one).map(({ code: lines, title = 'sdk_example' }) => html`<h3>${t(title)}</h3>${code(lines, 'ts')}`)}
${notes(one)}
<p class="quiet">${t('before_sdk')} <a href="${addressOf('sdk')}">${t('sdk_page')}</a></p>
<h3>curl</h3>${code(curlOf(one), 'sh')}
<p class="quiet">${t('before_curl')} <a href="${BASE}#start">${t('five_minutes')}</a></p>
${json && html`<h3>${t('answer_example')} <span class="status ok">${answer.status}</span></h3>${code(json, 'json')}`}
</aside>`
}

function neighbours(one) {
  const at = operations.indexOf(one)
  const link = (other, words) => other && html`<a href="${addressOf(other.id)}"><span class="quiet">${t(words)}</span> ${titleOf(other)}</a>`
  const [before, after] = [operations[at - 1], operations[at + 1]]
  return html`<div class="neighbours">${link(before, 'previous')}${link(after, 'next')}</div>`
}

export function operationPage(one) {
  const chinese = titles[one.id] ?? one.summary
  return page({
    title: [`${chinese} ${one.id}`, `${one.summary} ${one.id}`],
    here: one.id,
    tag: one.tag,
    shape: 'operation',
    main: html`<div class="intro">
<p class="where"><a href="${BASE}#${one.tag}">${t(one.tag)}</a></p>
<h1>${titleOf(one)} <code class="id">${one.id}</code></h1>
<p class="zh summary" lang="en">${one.summary}</p>
<p class="call">${method(one.method)} <code>${path(one.path)}</code> <a class="button" href="${BASE}try/#/${one.tag}/${one.id}">${t('try')}</a></p>
${badges(one)}
${one.description && html`<div lang="en" class="lead">${text(one.description)}</div>`}
</div>
<div class="reference">
${one.pathParameters.length > 0 && section('path', 'path_parameters', parametersOf(one.pathParameters))}
${one.queryParameters.length > 0 && section('query', 'query_parameters', parametersOf(one.queryParameters))}
${one.headerParameters.length > 0 && section('headers', 'header_parameters', parametersOf(one.headerParameters))}
${body(one)}
${answers(one)}
${errors(one)}
</div>
${examples(one)}
${neighbours(one)}`,
  })
}
