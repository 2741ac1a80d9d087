// A phone that runs the built mini-program: a stack of rendered pages, taps and typing on what a person sees.

const path = require('node:path')
const { JSDOM } = require('jsdom')
const { createWx } = require('./wx.cjs')

/** A copy of the build, marked as CommonJS as WeChat takes it. */
const root = path.resolve(__dirname, '../../.test/mp-weixin')
const POLL_MS = 10
const PATIENCE_MS = 10_000

function surroundings() {
  const dom = new JSDOM('<!doctype html><html><head></head><body></body></html>', { url: 'http://localhost/', pretendToBeVisual: true })
  const names = ['window', 'document', 'HTMLElement', 'Element', 'Node', 'Event', 'CustomEvent', 'MutationObserver', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame', 'location', 'Text', 'DocumentFragment']
  for (const name of names) Object.defineProperty(globalThis, name, { value: name === 'window' ? dom.window : dom.window[name], configurable: true, writable: true })
}

/** What a browser or Node has and a mini-program has not. */
const MISSING = ['fetch', 'Headers', 'Request', 'Response', 'FormData', 'Blob', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'crypto', 'atob', 'btoa', 'structuredClone', 'AbortController', 'AbortSignal', 'WebSocket', 'localStorage', 'sessionStorage', 'navigator']

function createPhone({ server, host }) {
  surroundings()
  const double = createWx({ root, host, server })
  globalThis.wx = double.wx
  let app
  globalThis.App = (options) => {
    app = options
    options.onLaunch?.({})
  }
  globalThis.getApp = () => app
  globalThis.Page = (options) => globalThis.Component(options)
  const stack = []
  globalThis.getCurrentPages = () => stack.map((one) => ({ route: one.route, $page: { fullPath: one.fullPath } }))
  const simulate = require('miniprogram-simulate')
  const exparser = require('miniprogram-exparser')
  for (const name of MISSING) {
    delete globalThis[name]
    if (name in globalThis) Object.defineProperty(globalThis, name, { value: undefined, configurable: true, writable: true })
  }
  require(path.join(root, 'app.js'))

  function open(route, query) {
    const view = simulate.render(simulate.load(path.join(root, route), 'page', { compiler: 'official', rootPath: root }))
    const holder = document.createElement('div')
    document.body.append(holder)
    view.attach(holder)
    const page = { route, fullPath: '/' + route + (Object.keys(query).length ? '?' + Object.entries(query).map((pair) => pair.join('=')).join('&') : ''), view, holder }
    stack.push(page)
    view.instance.onLoad?.(query)
    view.instance.onShow?.()
    view.instance.onReady?.()
    return page
  }

  function close() {
    const page = stack.pop()
    page.view.instance.onUnload?.()
    page.view.detach()
    page.holder.remove()
  }

  /** Does what the app asked WeChat for. */
  function move() {
    for (const one of double.state.moves.splice(0)) {
      if (one.kind === 'navigateBack') {
        for (let n = 0; n < one.delta && stack.length > 1; n += 1) close()
        top().view.instance.onShow?.()
        continue
      }
      if (one.kind === 'reLaunch') while (stack.length) close()
      else if (one.kind === 'redirectTo') close()
      else top()?.view.instance.onHide?.()
      if (stack.length >= 10) throw new Error('more than ten pages')
      open(one.page, one.query)
    }
  }

  const top = () => stack[stack.length - 1]
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
  const text = () => (top() ? top().holder.textContent.replace(/\s+/g, ' ') : '')

  /** Polls until the test gives something; a mini-program has no other way of saying that it is ready. */
  async function until(what, test) {
    const end = Date.now() + PATIENCE_MS
    for (;;) {
      move()
      const found = test()
      if (found) return found
      if (Date.now() > end) throw new Error(`waited in vain for ${what}; ${top()?.route} shows: ${text()}`)
      await sleep(POLL_MS)
    }
  }

  /** Parts of the page by the class that our components give them; the runner puts the component's name before it. */
  const parts = (name) => [...top().holder.querySelectorAll(`[class*="--${name}"]`)].filter((one) => one.className.split(/\s+/).some((each) => each.endsWith('--' + name)))
  const said = (one) => one.textContent.replace(/\s+/g, ' ').trim()

  /** What a finger, a keyboard or WeChat itself does to a part of the page. */
  async function act(part, name, detail = {}) {
    exparser.Event.dispatchEvent(part.__wxElement, exparser.Event.create(name, detail, { bubbles: true, capturePhase: true, composed: true }))
    await sleep(0)
    move()
  }

  return {
    ...double,
    simulate,
    open: async (route, query = {}) => open(route, query),
    get route() {
      return top().route
    },
    get stack() {
      return stack.map((one) => one.route)
    },
    text,
    until,
    parts,
    act,
    page: top,
    sees: (words) => until(`“${words}”`, () => text().includes(words)),
    /** Taps the first thing to tap whose text is, or begins with, these words. */
    async tap(words) {
      const found = await until(`something to tap that says “${words}”`, () => {
        const candidates = [...parts('lv-tap'), ...parts('lv-button')].filter((one) => !one.className.endsWith('--off'))
        return candidates.find((one) => said(one) === words) ?? candidates.find((one) => said(one).startsWith(words))
      })
      await act(found, 'tap')
    },
    /** Types into the field with this label. */
    async type(label, value) {
      const field = await until(`a field “${label}”`, () => parts('lv-field').find((one) => said(one).startsWith(label)))
      await act([...field.querySelectorAll('[class*="--lv-input"]')][0], 'input', { value })
    },
    async restart() {
      while (stack.length) close()
      double.forgetListeners()
      // A killed mini-program forgets all but its storage.
      for (const file of Object.keys(require.cache)) if (file.startsWith(root)) delete require.cache[file]
      require(path.join(root, 'app.js'))
    },
  }
}

module.exports = { createPhone, root }
