// Turns values into HTML: everything is escaped, both languages of a sentence stand side by side, and code is coloured here.

import highlight from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import typescript from 'highlight.js/lib/languages/typescript'
import MarkdownIt from 'markdown-it'
import { en } from './words/en.mjs'
import { zh } from './words/zh.mjs'

for (const [name, language] of Object.entries({ bash, javascript, json, typescript })) highlight.registerLanguage(name, language)
const LANGUAGES = { sh: 'bash', js: 'javascript', ts: 'typescript' }

class Html {
  constructor(text) {
    this.text = text
  }

  toString() {
    return this.text
  }
}

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
export const raw = (text) => new Html(text)

function show(value) {
  if (value === undefined || value === null || value === false) return ''
  if (Array.isArray(value)) return value.map(show).join('')
  return value instanceof Html ? value.text : String(value).replace(/[&<>"]/g, (sign) => ESCAPES[sign])
}

/** HTML with values put in; what is not HTML itself is escaped. */
export const html = (parts, ...values) => raw(String.raw({ raw: parts }, ...values.map(show)))

/** One text in both languages; the style sheet shows that of the page. */
export const both = (chinese, english) => (chinese === english
  ? html`${chinese}`
  : html`<span class="zh" lang="zh-CN">${chinese}</span><span class="en" lang="en">${english}</span>`)

/** The words for a key of the dictionaries, `{name}` replaced by `values`. */
export function t(key, values = {}) {
  if (!(key in zh)) throw new Error(`no words for ${key}`)
  const fill = (text) => text.replace(/\{(\w+)\}/g, (_, name) => values[name])
  return both(fill(zh[key]), fill(en[key]))
}

export function code(text, language) {
  const name = LANGUAGES[language] ?? language
  const coloured = highlight.getLanguage(name) ? highlight.highlight(text, { language: name }).value : show(text)
  return html`<div class="code"><pre><code>${raw(coloured)}</code></pre></div>`
}

const markdown = new MarkdownIt({ html: false, highlight: () => '' })
markdown.renderer.rules.fence = (tokens, index) => show(code(tokens[index].content.trimEnd(), tokens[index].info.trim()))
// A table scrolls by itself on a phone; the page does not.
markdown.renderer.rules.table_open = () => '<div class="table"><table>'
markdown.renderer.rules.table_close = () => '</table></div>'

/** Inline text of the contract: code spans and nothing else. */
export const inline = (text) => raw(markdown.renderInline(text.replaceAll('\n', ' ')))

/** The anchor that GitHub gives to a heading, so that links within a README keep working. */
export const slug = (title) => title.toLowerCase().replace(/[^\p{L}\p{N}\s-]/gu, '').trim().replace(/\s+/g, '-')

/** A text in Markdown. `deeper`: by how many levels its headings go down. `anchor` names each heading. `links` rewrites addresses. */
export function text(source, { deeper = 0, anchor, links = (href) => href } = {}) {
  const tokens = markdown.parse(source, {})
  tokens.forEach((token, index) => {
    if (token.type === 'heading_open' || token.type === 'heading_close') token.tag = `h${Number(token.tag[1]) + deeper}`
    if (token.type === 'heading_open' && anchor) token.attrSet('id', anchor(tokens[index + 1].content))
    for (const child of token.children ?? []) {
      if (child.type === 'link_open') child.attrSet('href', links(child.attrGet('href')))
    }
  })
  return raw(markdown.renderer.render(tokens, markdown.options, {}))
}
