// The frame around every page: head, top bar, the menu, and where the style sheet and scripts are.

import { contract, groups } from './contract.mjs'
import { both, html, t } from './html.mjs'
import { titles } from './words/titles.mjs'

/** Where the server shows these pages. */
export const BASE = '/docs/'
export const addressOf = (id) => BASE + id

export const titleOf = (operation) => both(titles[operation.id] ?? operation.summary, operation.summary)
export const method = (name) => html`<span class="method ${name.toLowerCase()}">${name === 'DELETE' ? 'DEL' : name}</span>`

/** The sections of the start page come into the menu from outside: it is built from texts that may grow. */
let sections = []
export const setSections = (list) => { sections = list }

const PAGES = [['sdk', 'sdk'], ['errors', 'errors']]

function menu({ here, tag }) {
  const current = (id) => (id === here ? html` aria-current="page"` : '')
  return html`<nav id="menu" aria-labelledby="menu-title">
<h2 id="menu-title" class="unseen">${t('menu')}</h2>
<div class="find" hidden>
<label for="find" class="unseen">${t('search')}</label>
<input id="find" type="search" autocomplete="off" spellcheck="false" data-zh="搜索（按 / ）" data-en="Search (press /)" placeholder="搜索（按 / ）">
<p id="found" class="quiet" role="status"></p>
<ul id="results"></ul>
</div>
<div id="contents">
<h3>${t('guide')}</h3>
<ul>${sections.map(({ id, title }) => html`<li><a href="${BASE}#${id}">${title}</a></li>`)}
${PAGES.map(([id, words]) => html`<li><a href="${addressOf(id)}"${current(id)}>${t(words)}</a></li>`)}
<li><a href="${BASE}try/">${t('try')}</a></li></ul>
<h3>${t('all_operations')}</h3>
<ul>${groups.map((group) => (group.name === tag
    ? html`<li class="open"><a href="${BASE}#${group.name}">${t(group.name)}</a>
<ul>${group.operations.map((one) => html`<li><a href="${addressOf(one.id)}"${current(one.id)}>${method(one.method)} ${titleOf(one)}</a></li>`)}</ul></li>`
    : html`<li><a href="${BASE}#${group.name}">${t(group.name)}</a></li>`))}</ul>
</div>
</nav>`
}

/**
 * A whole page. `title` is [Chinese, English]; `here` its name; `tag` the group whose operations the menu shows; `shape` the class
 * of its main part, for the style sheet.
 */
export function page({ title, here, tag, main, shape = '' }) {
  const [chinese, english] = title
  const current = (id) => (id === here ? html` aria-current="page"` : '')
  return `<!doctype html>
${html`<html lang="zh-CN" data-theme="light" data-page="${here || 'index'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title data-zh="${chinese} · 履职接口文档" data-en="${english} · lvzhi API">${chinese} · 履职接口文档</title>
<link rel="icon" href="${BASE}assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${BASE}assets/docs.css">
<script src="${BASE}assets/choices.js"></script>
<script src="${BASE}assets/docs.js" defer></script>
</head>
<body>
<a class="skip" href="#main">${t('skip')}</a>
<header class="top">
<a class="brand" href="${BASE}"><img src="${BASE}assets/icon.svg" alt="" width="28" height="28"> <b>${both('履职', 'lvzhi')}</b> <span class="site">${t('site')}</span></a>
<ul class="places">
<li><a href="${BASE}"${current('')}>${t('start')}</a></li>
${PAGES.map(([id, words]) => html`<li><a href="${addressOf(id)}"${current(id)}>${t(words)}</a></li>`)}
<li><a href="${BASE}try/">${t('try')}</a></li>
</ul>
<div class="tools">
<button type="button" id="language" hidden>${t('language')}</button>
<button type="button" id="theme" hidden>${t('theme')}</button>
<a class="to-menu" href="#menu">${t('menu')}</a>
</div>
</header>
<div class="frame">
${menu({ here, tag })}
<main id="main" tabindex="-1"${shape && html` class="${shape}"`}>
${main}
</main>
</div>
<footer>${t('footer', { version: contract.info.version })} · <a href="/openapi.json">${t('contract')}</a></footer>
</body>
</html>`}
`
}
