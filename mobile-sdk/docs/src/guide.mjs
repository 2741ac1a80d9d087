// Reads the guide: one text per language, cut into the same sections by headings such as `## paging | 分页`.

import { readFileSync } from 'node:fs'
import { both, html, text } from './html.mjs'

export function sectionsOf(language) {
  const source = readFileSync(new URL(`../guide/${language}.md`, import.meta.url), 'utf8')
  return source.split(/^## /m).slice(1).map((part) => {
    const [, id, title, body] = /^(\w+) \| (.+)\n([\s\S]*)$/.exec(part)
    return { id, title, body: body.trim() }
  })
}

/** Every section with its anchor, its title and its text in both languages. */
export function guide(links) {
  const english = sectionsOf('en')
  return sectionsOf('zh').map(({ id, title, body }, index) => {
    const other = english[index]
    if (other?.id !== id) throw new Error(`guide/en.md lacks the section ${id} at its place`)
    const render = (source) => text(source, { deeper: 0, links })
    return {
      id,
      title: both(title, other.title),
      titles: [title, other.title],
      main: html`<div class="zh" lang="zh-CN">${render(body)}</div><div class="en" lang="en">${render(other.body)}</div>`,
    }
  })
}
