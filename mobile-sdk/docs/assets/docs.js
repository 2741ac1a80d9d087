// What a page can do beyond being read: switch language and brightness, copy an example, search.

const root = document.documentElement
const keep = (name, value) => {
  // Without a store the choice lasts as long as the page.
  try { localStorage.setItem(`lvzhi.docs.${name}`, value) } catch { /* nothing to keep it in */ }
}
const english = () => root.lang === 'en'

function put() {
  for (const one of document.querySelectorAll('[data-zh]')) {
    const words = english() ? one.dataset.en : one.dataset.zh
    if (one.localName === 'input') one.placeholder = words
    else one.textContent = words
  }
}

const language = document.getElementById('language')
language.hidden = false
language.addEventListener('click', () => {
  root.lang = english() ? 'zh-CN' : 'en'
  keep('language', english() ? 'en' : 'zh')
  put()
  search()
})

const theme = document.getElementById('theme')
theme.hidden = false
theme.addEventListener('click', () => {
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark'
  keep('theme', root.dataset.theme)
})

// On a narrow screen the menu is a panel that the button opens.
const menu = document.getElementById('menu')
const current = menu.querySelector('.open [aria-current]')
// The place in the list is in view, without moving the page itself.
if (current) menu.scrollTop = current.offsetTop - menu.offsetTop - menu.clientHeight / 3
const toMenu = document.querySelector('.to-menu')
toMenu.setAttribute('role', 'button')
toMenu.setAttribute('aria-expanded', 'false')
function openMenu(open) {
  menu.classList.toggle('shown', open)
  toMenu.setAttribute('aria-expanded', String(open))
  if (open) input.focus()
}
toMenu.addEventListener('click', (event) => {
  event.preventDefault()
  openMenu(!menu.classList.contains('shown'))
})
toMenu.addEventListener('keydown', (event) => {
  if (event.key !== ' ') return
  event.preventDefault()
  toMenu.click()
})
menu.addEventListener('click', (event) => {
  if (event.target.closest('a')) openMenu(false)
})

// Examples are there to be taken along.
const copyWords = document.createElement('template')
copyWords.innerHTML = '<button type="button" class="copy"><span class="zh" lang="zh-CN">复制</span><span class="en" lang="en">Copy</span></button>'
if (navigator.clipboard) {
  for (const block of document.querySelectorAll('.code')) {
    const button = copyWords.content.cloneNode(true).firstElementChild
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(block.querySelector('code').textContent)
      const [zh, en] = button.children
      zh.textContent = '已复制'
      en.textContent = 'Copied'
      setTimeout(() => { zh.textContent = '复制'; en.textContent = 'Copy' }, 2000)
    })
    block.append(button)
  }
}

const find = document.querySelector('.find')
const input = document.getElementById('find')
const found = document.getElementById('found')
const results = document.getElementById('results')
const contents = document.getElementById('contents')
find.hidden = false
let entries
const load = () => {
  entries ??= fetch('/docs/assets/search.json').then((answer) => answer.json())
  // A failed attempt must not be the last one.
  entries.catch(() => { entries = undefined })
  return entries
}

/** How well an entry fits; every word must be somewhere in it. The reader's own words for a thing count most. */
function fit(entry, words) {
  let sum = 0
  const titles = [entry.name, entry.zh.toLowerCase(), entry.en.toLowerCase()]
  for (const word of words) {
    if (titles.includes(word)) sum += 100
    else if (titles.some((title) => title.startsWith(word))) sum += 20
    else if (titles.some((title) => title.includes(word))) sum += 10
    else if (entry.words.includes(word)) sum += 1
    else return 0
  }
  return sum
}

async function search() {
  const asked = input.value
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean)
  contents.hidden = words.length > 0
  if (words.length === 0) {
    results.replaceChildren()
    found.textContent = ''
    return
  }
  const list = await load().catch(() => [])
  if (asked !== input.value) return
  const hits = list.map((entry) => ({ entry, score: fit(entry, words) })).filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
  found.textContent = english() ? `${hits.length} found` : `找到 ${hits.length} 项`
  results.replaceChildren(...hits.slice(0, 60).map(({ entry }) => {
    const item = document.createElement('li')
    const link = document.createElement('a')
    link.href = entry.to
    const title = document.createElement('span')
    title.textContent = english() ? entry.en : entry.zh
    const name = document.createElement('code')
    name.textContent = entry.name
    if (entry.method) {
      const method = document.createElement('span')
      method.className = `method ${entry.method.toLowerCase()}`
      method.textContent = entry.method === 'DELETE' ? 'DEL' : entry.method
      link.append(method, ' ')
    }
    link.append(title)
    if (entry.name) link.append(' ', name)
    item.append(link)
    return item
  }))
}
input.addEventListener('focus', load, { once: true })
input.addEventListener('input', search)
input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') results.querySelector('a')?.click()
  if (event.key === 'ArrowDown') results.querySelector('a')?.focus()
})
results.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key]
  if (!step) return
  event.preventDefault()
  const next = event.target.closest('li')[step]
  if (next) next.querySelector('a').focus()
  else if (event.key === 'ArrowUp') input.focus()
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') openMenu(false)
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, textarea')) return
  event.preventDefault()
  openMenu(true)
})

put()
