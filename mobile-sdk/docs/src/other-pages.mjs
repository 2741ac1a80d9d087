// The pages around the operations: the start page, the table of errors, and the SDK's own README.

import { readFileSync } from 'node:fs'
import { errorCodes, groups } from './contract.mjs'
import { deviceErrors, handlingOf, sentencesOf } from './errors.mjs'
import { html, slug, t, text } from './html.mjs'
import { addressOf, BASE, method, page, titleOf } from './layout.mjs'

export function startPage(sections) {
  return page({
    title: ['开始', 'Start'],
    here: '',
    main: html`<div class="hero">
<h1>${t('hero')}</h1>
<p>${t('hero_text')}</p>
<p class="buttons"><a class="button" href="#start">${t('five_minutes')}</a> <a class="button plain" href="${addressOf('sdk')}">${t('sdk_page')}</a> <a class="button plain" href="${BASE}try/">${t('try')}</a></p>
</div>
${sections.map((one) => html`<section class="guide" aria-labelledby="${one.id}"><h2 id="${one.id}">${one.title}</h2>${one.main}</section>`)}
<section aria-labelledby="operations"><h2 id="operations">${t('all_operations')}</h2>
${groups.map((group) => html`<section class="group" aria-labelledby="${group.name}">
<h3 id="${group.name}">${t(group.name)} <span class="quiet">${t('count', { n: group.operations.length })}</span></h3>
<ul class="operations">${group.operations.map((one) => html`<li><a href="${addressOf(one.id)}">${method(one.method)} <span class="what">${titleOf(one)}</span> <code>${one.id}</code></a></li>`)}</ul>
</section>`)}
</section>`,
  })
}

const head = (...keys) => html`<thead><tr>${keys.map((key) => html`<th scope="col">${t(key)}</th>`)}</tr></thead>`

export function errorsPage() {
  return page({
    title: ['错误码', 'Errors'],
    here: 'errors',
    shape: 'broad',
    main: html`<h1>${t('errors_title')}</h1>
<p class="lead">${t('errors_intro')}</p>
<div class="table"><table class="errors">${head('code', 'status', 'chinese', 'english', 'handling')}
<tbody>${errorCodes.map(({ code, status, operations }) => html`<tr id="${code}">
<th scope="row"><a href="#${code}"><code>${code}</code></a><br><span class="quiet">${operations.length > 0 ? t('appears_in', { n: operations.length }) : t('any_request')}</span></th>
<td><span class="status bad">${status}</span></td>
<td lang="zh-CN">${sentencesOf.get(code).zh}</td><td lang="en">${sentencesOf.get(code).en}</td><td>${t(handlingOf(code))}</td></tr>`)}</tbody></table></div>
<h2 id="device">${t('device_errors')}</h2>
<p>${t('device_intro')}</p>
<div class="table"><table class="errors">${head('code', 'status', 'chinese', 'english', 'handling')}
<tbody>${deviceErrors.map(({ code, kind, zh, en }) => html`<tr id="${code}">
<th scope="row"><code>${code}</code></th><td><code>${kind}</code></td><td lang="zh-CN">${zh}</td><td lang="en">${en}</td><td>${t(handlingOf(code))}</td></tr>`)}</tbody></table></div>`,
  })
}

/** The README of the SDK in both languages, as it stands in its package. */
export function sdkPage() {
  const used = new Map()
  // A heading that both texts share would otherwise be one anchor twice.
  const anchor = (title) => {
    const name = slug(title)
    used.set(name, (used.get(name) ?? 0) + 1)
    return used.get(name) > 1 ? `${name}-${used.get(name) - 1}` : name
  }
  const links = (href) => (/^README/.test(href) ? addressOf('sdk') : href)
  const render = (name) => text(readFileSync(new URL(`../../client/${name}`, import.meta.url), 'utf8'), { anchor, links })
  return page({
    title: ['SDK', 'SDK'],
    here: 'sdk',
    main: html`<div class="zh guide" lang="zh-CN">${render('README.zh-CN.md')}</div><div class="en guide" lang="en">${render('README.md')}</div>`,
  })
}
