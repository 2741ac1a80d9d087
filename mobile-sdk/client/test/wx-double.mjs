// A `wx` over Node, with the manners of the real one: callbacks, texts instead of objects, an empty text for what is not stored.

import { readFileSync } from 'node:fs'
import WebSocket from 'ws'

/** `scanned` is what the camera sees next; `shown` is what the person saw; `files` are chosen files by path. */
export function wxDouble() {
  const kept = new Map()
  const networkListeners = new Set()
  const double = {
    scanned: '',
    shown: [],
    online: true,
    /** Bytes that fit into the storage. */
    room: 10 * 1024 * 1024,
    kept,
    requests: [],
    setOnline(isConnected) {
      double.online = isConnected
      networkListeners.forEach((one) => one({ isConnected, networkType: isConnected ? 'wifi' : 'none' }))
    },
  }

  function exchange(options, init, read) {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort('timeout'), options.timeout ?? 60_000)
    double.requests.push(`${init.method} ${new URL(options.url).pathname}`)
    const work = async () => {
      if (!double.online) throw new Error('fail network is down')
      const answer = await fetch(options.url, { ...init, signal: abort.signal })
      return { statusCode: answer.status, header: Object.fromEntries([...answer.headers].map(([name, value]) => [titled(name), value])), data: await read(answer), cookies: [] }
    }
    work()
      .then((done) => options.success?.(done), (error) => options.fail?.({ errno: 5, errMsg: `request:fail ${abort.signal.reason ?? error.message}` }))
      .finally(() => {
        clearTimeout(timer)
        options.complete?.({})
      })
    return { abort: () => abort.abort('abort') }
  }

  double.wx = {
    request(options) {
      if (!/^(OPTIONS|GET|HEAD|POST|PUT|DELETE|TRACE|CONNECT)$/.test(options.method)) throw new Error(`wx.request has no ${options.method}`)
      if (options.data !== undefined && typeof options.data !== 'string') throw new Error('the double takes texts only')
      const init = { method: options.method, headers: options.header, ...(options.data === undefined ? {} : { body: options.data }) }
      return exchange(options, init, (answer) => (options.responseType === 'arraybuffer' ? answer.arrayBuffer() : answer.text()))
    },
    uploadFile(options) {
      const body = new FormData()
      body.append(options.name, new Blob([readFileSync(options.filePath)]), options.fileName ?? options.filePath.split('/').pop())
      return exchange(options, { method: 'POST', headers: options.header, body }, (answer) => answer.text())
    },
    connectSocket({ url, protocols, fail }) {
      const socket = new WebSocket(url, protocols)
      socket.on('error', () => fail?.({ errMsg: 'connectSocket:fail' }))
      return {
        onOpen: (listener) => socket.on('open', () => listener({ header: {} })),
        onMessage: (listener) => socket.on('message', (data) => listener({ data: data.toString() })),
        onClose: (listener) => socket.on('close', (code) => listener({ code, reason: '' })),
        onError: (listener) => socket.on('error', (error) => listener({ errMsg: error.message })),
        close: () => socket.close(),
      }
    },
    getStorageSync: (key) => kept.get(key) ?? '',
    setStorageSync(key, value) {
      let size = value.length
      kept.forEach((one, name) => { if (name !== key) size += one.length })
      if (size > double.room) throw new Error('setStorageSync:fail exceed storage max size 10Mb')
      kept.set(key, value)
    },
    removeStorageSync: (key) => { kept.delete(key) },
    getStorageInfoSync: () => ({ keys: [...kept.keys()], currentSize: 0, limitSize: 10240 }),
    onNetworkStatusChange: (listener) => { networkListeners.add(listener) },
    offNetworkStatusChange: (listener) => { networkListeners.delete(listener) },
    onAppShow() {},
    offAppShow() {},
    login: ({ success }) => { setTimeout(() => success({ code: '0a3Xy7000mYbDL1Yqs000Xyz7m0Xy70n', errMsg: 'login:ok' }), 0) },
    scanCode: async () => ({ result: double.scanned, scanType: 'QR_CODE', errMsg: 'scanCode:ok' }),
    chooseMessageFile: async () => ({ tempFiles: [double.chosen], errMsg: 'chooseMessageFile:ok' }),
    showToast: ({ title }) => { double.shown.push(title) },
    showModal: ({ content, success }) => {
      double.shown.push(content)
      success?.({ confirm: true, cancel: false })
    },
    reLaunch: ({ url }) => { double.shown.push(url) },
    getUpdateManager: () => ({ onUpdateReady() {}, applyUpdate() {} }),
    getDeviceInfo: () => ({ brand: 'HUAWEI', model: 'Mate 60' }),
    getFileSystemManager: () => ({ writeFileSync: (path, bytes) => { double.written = { path, bytes } } }),
    openDocument: ({ filePath }) => { double.shown.push(filePath) },
    env: { USER_DATA_PATH: 'http://usr' },
  }
  return double
}

const titled = (name) => name.replace(/(^|-)\w/g, (part) => part.toUpperCase())
