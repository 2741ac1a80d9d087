// A double of WeChat that checks what the real one checks, and passes requests on to a real server.

const fs = require('node:fs')
const http = require('node:http')
const path = require('node:path')

const METHODS = ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'TRACE', 'CONNECT']
const ONE_KEY = 1024 * 1024
const ALL_KEYS = 10 * 1024 * 1024

/** `root` is the built mini-program, `host` the one it may talk to, `server` where that really is. */
function createWx({ root, host, server }) {
  const app = JSON.parse(fs.readFileSync(path.join(root, 'app.json'), 'utf8'))
  const pages = [...app.pages, ...(app.subPackages ?? []).flatMap((one) => one.pages.map((page) => `${one.root}/${page}`))]
  const store = new Map()
  const network = { on: true, listeners: [], loseAnswers: false }
  const state = { requests: [], modals: [], scans: [], sounds: [], vibrations: [], brightness: 0.4, keptOn: false, titles: [], complaints: [], full: false, wechat: 'js-code', moves: [], located: 0 }

  const wrong = (text) => {
    state.complaints.push(text)
    throw new Error(text)
  }
  const later = (work) => setTimeout(work, 0)
  const succeed = (options, answer = {}) => later(() => {
    options?.success?.({ errMsg: 'ok', ...answer })
    options?.complete?.({ errMsg: 'ok', ...answer })
  })
  const fail = (options, errMsg) => later(() => {
    options?.fail?.({ errMsg })
    options?.complete?.({ errMsg })
  })

  const size = (key, value) => Buffer.byteLength(key) + Buffer.byteLength(JSON.stringify(value))

  function request(options) {
    const { url, method = 'GET', header = {}, data } = options
    if (!url.startsWith(`https://${host}/`)) wrong(`wx.request: ${url} is not among the legal domains`)
    if (!METHODS.includes(method)) wrong(`wx.request: there is no method ${method}`)
    for (const [name, value] of Object.entries(header)) {
      if (/^(referer|cookie)$/i.test(name)) wrong(`wx.request: header ${name} cannot be set`)
      if (typeof value !== 'string') wrong(`wx.request: header ${name} is no text`)
    }
    if (data !== undefined && typeof data !== 'string' && !(data instanceof ArrayBuffer)) wrong('wx.request: the client sends texts only')
    const entry = { method, path: url.slice(`https://${host}`.length), data: data ? JSON.parse(data) : undefined, header, status: 0 }
    state.requests.push(entry)
    if (!network.on) {
      fail(options, 'request:fail net::ERR_INTERNET_DISCONNECTED')
      return { abort() {} }
    }
    const target = new URL_(server)
    const sent = http.request({ host: target.hostname, port: target.port, path: entry.path, method, headers: { ...header, ...(data ? { 'content-length': Buffer.byteLength(data) } : {}) } }, (answer) => {
      const parts = []
      answer.on('data', (part) => parts.push(part))
      answer.on('end', () => {
        entry.status = answer.statusCode
        if (network.loseAnswers) return fail(options, 'request:fail net::ERR_CONNECTION_RESET')
        const bytes = Buffer.concat(parts)
        const text = bytes.toString('utf8')
        // As the real one: with `json` it parses, with `arraybuffer` it hands over bytes.
        let body = text
        if (options.responseType === 'arraybuffer') body = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
        else if (options.dataType === undefined || options.dataType === 'json') {
          try { body = JSON.parse(text) } catch { /* stays a text */ }
        }
        const result = { statusCode: answer.statusCode, data: body, header: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name.replace(/(^|-)\w/g, (c) => c.toUpperCase()), String(value)])), errMsg: 'request:ok' }
        options.success?.(result)
        options.complete?.(result)
      })
    })
    sent.on('error', (error) => fail(options, 'request:fail ' + error.message))
    sent.end(data)
    return { abort: () => sent.destroy(), onHeadersReceived() {}, offHeadersReceived() {} }
  }

  function place(kind, options) {
    const [page, query = ''] = options.url.split('?')
    if (!page.startsWith('/')) wrong(`wx.${kind}: ${options.url} is not absolute`)
    if (!pages.includes(page.slice(1))) wrong(`wx.${kind}: page ${page} is not in app.json`)
    const given = Object.fromEntries(query.split('&').filter(Boolean).map((pair) => pair.split('=')).map(([name, value]) => [name, value]))
    state.moves.push({ kind, page: page.slice(1), query: given })
    succeed(options)
  }

  const system = { platform: 'ios', SDKVersion: '3.8.0', language: 'zh_CN', windowWidth: 390, windowHeight: 844, screenWidth: 390, screenHeight: 844, pixelRatio: 3, statusBarHeight: 47, version: '8.0.50', brand: 'Apple', model: 'iPhone 15', system: 'iOS 17.0', fontSizeSetting: 16, theme: 'light', safeArea: { top: 47, bottom: 810, left: 0, right: 390, width: 390, height: 763 } }

  const wx = {
    request,
    getStorageSync: (key) => {
      if (typeof key !== 'string' || !key) wrong('wx.getStorageSync: no key')
      return store.has(key) ? JSON.parse(store.get(key)) : ''
    },
    setStorageSync(key, value) {
      if (value === undefined) wrong('wx.setStorageSync: nothing to keep')
      if (size(key, value) > ONE_KEY) wrong(`wx.setStorageSync: ${key} is larger than 1 MB`)
      const used = [...store].reduce((sum, [name, text]) => sum + name.length + Buffer.byteLength(text), 0)
      if (state.full || used + size(key, value) > ALL_KEYS) throw new Error('setStorageSync:fail exceed storage max size 10Mb')
      store.set(key, JSON.stringify(value))
    },
    removeStorageSync: (key) => void store.delete(key),
    getStorageInfoSync: () => ({ keys: [...store.keys()], currentSize: 1, limitSize: 10240 }),
    scanCode(options) {
      for (const type of options.scanType ?? []) if (!['barCode', 'qrCode', 'datamatrix', 'pdf417'].includes(type)) wrong(`wx.scanCode: no type ${type}`)
      const next = state.scans.shift()
      if (next === undefined) wrong('wx.scanCode: the test shows no code')
      if (typeof next === 'object') fail(options, next.fail)
      else succeed(options, { result: next, scanType: 'QR_CODE', charSet: 'utf-8' })
    },
    login: (options) => succeed(options, { code: state.wechat }),
    getRandomValues(options) {
      if (!(options.length > 0 && options.length <= 1048576)) wrong('wx.getRandomValues: length')
      const bytes = require('node:crypto').randomBytes(options.length)
      succeed(options, { randomValues: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) })
    },
    getLocation(options) {
      if (!app.requiredPrivateInfos?.includes('getLocation')) wrong('wx.getLocation is not declared in requiredPrivateInfos')
      if (!app.permission?.['scope.userLocation']) wrong('wx.getLocation: app.json does not say what for')
      state.located += 1
      succeed(options, { latitude: 30.2, longitude: 120.2, accuracy: 30 })
    },
    navigateTo: (options) => place('navigateTo', options),
    redirectTo: (options) => place('redirectTo', options),
    reLaunch: (options) => place('reLaunch', options),
    navigateBack(options) {
      state.moves.push({ kind: 'navigateBack', delta: options?.delta ?? 1 })
      succeed(options)
    },
    showModal(options) {
      if (options.confirmText?.length > 4 || options.cancelText?.length > 4) {
        // The real one counts Chinese characters and refuses more than four.
        if ([...(options.confirmText ?? '')].length > 4 && /[\u4e00-\u9fff]/.test(options.confirmText)) wrong(`wx.showModal: ${options.confirmText} is too long`)
      }
      state.modals.push(options)
    },
    setNavigationBarTitle: (options) => {
      state.titles.push(options.title)
      succeed(options)
    },
    setNavigationBarColor(options) {
      if (!['#ffffff', '#000000'].includes(options.frontColor)) wrong('wx.setNavigationBarColor: frontColor')
      succeed(options)
    },
    setKeepScreenOn: (options) => {
      state.keptOn = options.keepScreenOn
      succeed(options)
    },
    getScreenBrightness: (options) => succeed(options, { value: state.brightness }),
    setScreenBrightness(options) {
      if (!(options.value >= 0 && options.value <= 1)) wrong('wx.setScreenBrightness: value')
      state.brightness = options.value
      succeed(options)
    },
    vibrateShort(options) {
      if (!['heavy', 'medium', 'light'].includes(options.type)) wrong('wx.vibrateShort: type')
      state.vibrations.push('short')
      succeed(options)
    },
    vibrateLong(options) {
      state.vibrations.push('long')
      succeed(options)
    },
    createInnerAudioContext: () => ({
      set src(file) {
        if (!fs.existsSync(path.join(root, file))) wrong(`no sound ${file} in the package`)
        state.sounds.push(file)
      },
      onEnded() {}, onError() {}, play() {}, destroy() {},
    }),
    onNetworkStatusChange: (listener) => network.listeners.push(listener),
    getNetworkType: (options) => succeed(options, { networkType: network.on ? 'wifi' : 'none' }),
    getUpdateManager: () => ({ onUpdateReady() {}, onUpdateFailed() {}, onCheckForUpdate() {}, applyUpdate() {} }),
    getSystemInfoSync: () => system,
    getAppBaseInfo: () => system,
    getWindowInfo: () => system,
    getDeviceInfo: () => system,
    getSystemSetting: () => ({}),
    getAppAuthorizeSetting: () => ({}),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wx0', envVersion: 'release' } }),
    getMenuButtonBoundingClientRect: () => ({ top: 51, height: 32, width: 87, left: 296, right: 383, bottom: 83 }),
    getLaunchOptionsSync: () => ({ path: '', query: {}, scene: 1001 }),
    getEnterOptionsSync: () => ({ path: '', query: {}, scene: 1001 }),
    canIUse: () => true,
    nextTick: (work) => setTimeout(work, 0),
    onAppShow() {}, onAppHide() {}, onError() {}, onUnhandledRejection() {}, onPageNotFound() {}, onThemeChange() {}, onMemoryWarning() {}, stopPullDownRefresh() {}, openSetting() {}, exitMiniProgram() {},
  }

  return {
    wx,
    state,
    pages,
    setNetwork(on) {
      network.on = on
      for (const listener of network.listeners) listener({ isConnected: on, networkType: on ? 'wifi' : 'none' })
    },
    /** A killed app hears nothing any more. */
    forgetListeners: () => void (network.listeners.length = 0),
    loseAnswers: (lose) => void (network.loseAnswers = lose),
    store,
  }
}

// Taken before the test removes what a mini-program does not have.
const URL_ = URL

module.exports = { createWx }
