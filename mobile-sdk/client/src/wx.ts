// For WeChat mini-programs: requests, uploads, sockets and storage by `wx`, and nothing else.

import type { ClientStorage, HttpRequest, HttpResponse, NetworkFailure, Transport, WxFile } from './transport.js'

interface Failure {
  errMsg: string
}

interface RequestDone {
  statusCode: number
  data: unknown
  header?: object
}

interface SocketTask {
  onOpen(listener: () => void): void
  onMessage(listener: (message: { data: string | ArrayBuffer }) => void): void
  onClose(listener: () => void): void
  onError(listener: () => void): void
  close(options: object): void
}

/** The part of `wx` that is used; programs for other hosts can pass one that looks like it. */
export interface WxApi {
  request(options: any): { abort(): void }
  uploadFile(options: any): { abort(): void }
  connectSocket(options: any): SocketTask
  getStorageSync(key: string): any
  setStorageSync(key: string, value: any): void
  removeStorageSync(key: string): void
  getStorageInfoSync(): { keys: string[] }
  onNetworkStatusChange(listener: (result: { isConnected: boolean }) => void): void
  offNetworkStatusChange?(listener: (result: any) => void): void
  onAppShow?(listener: () => void): void
  offAppShow?(listener: () => void): void
}

declare const wx: WxApi

export function wxTransport(api: WxApi = wx): Transport {
  return {
    send: (request) => new Promise((resolve, reject) => send(api, request, resolve, reject)),
    socket(url, protocols, events) {
      let over = false
      const close = () => {
        if (!over) events.close()
        over = true
      }
      const task = api.connectSocket({ url, protocols, fail: close })
      task.onOpen(events.open)
      task.onMessage((message) => events.message(String(message.data)))
      task.onClose(close)
      task.onError(close)
      return { close: () => task.close({}) }
    },
    onWake(listener) {
      const online = (now: { isConnected: boolean }) => { if (now.isConnected) listener() }
      api.onNetworkStatusChange(online)
      if (api.onAppShow) api.onAppShow(listener)
      return () => {
        if (api.offNetworkStatusChange) api.offNetworkStatusChange(online)
        if (api.offAppShow) api.offAppShow(listener)
      }
    },
  }
}

function send(api: WxApi, request: HttpRequest, resolve: (response: HttpResponse) => void, reject: (error: Error) => void): void {
  const { signal, url, headers: header, timeoutMs: timeout } = request
  const fail = (reason: NetworkFailure, message: string) => reject(Object.assign(new Error(message), { reason }))
  if (signal && signal.aborted) return fail('aborted', 'aborted')
  let task: { abort(): void } | undefined
  const abort = () => { if (task) task.abort() }
  if (signal) signal.addEventListener('abort', abort)
  const common = {
    url, header, timeout,
    success(done: RequestDone) {
      const headers: Record<string, string> = {}
      for (const [name, value] of Object.entries(done.header || {})) headers[name.toLowerCase()] = String(value)
      resolve({ status: done.statusCode, headers, body: done.data as string | ArrayBuffer })
    },
    fail({ errMsg }: Failure) {
      fail(/abort/.test(errMsg) ? 'aborted' : /time ?out/i.test(errMsg) ? 'timeout' : 'offline', errMsg)
    },
    complete() {
      if (signal) signal.removeEventListener('abort', abort)
    },
  }
  task = request.file
    ? api.uploadFile(Object.assign(common, { filePath: (request.file as WxFile).path, fileName: (request.file as WxFile).name, name: 'file' }))
    : api.request(Object.assign(common, {
        method: request.method,
        data: request.body,
        // Not 'json': the answer must arrive as it was sent, also when it is an error or a proxy's page.
        dataType: 'text',
        responseType: request.bytes ? 'arraybuffer' : 'text',
      }))
}

/** Keeps things in the mini-program's storage (10 MB) under `prefix`. */
export function wxStorage({ prefix = 'lvzhi.', api = wx as WxApi } = {}): ClientStorage {
  return {
    get: (key) => api.getStorageSync(prefix + key) || undefined,
    set: (key, value) => api.setStorageSync(prefix + key, value),
    remove: (key) => api.removeStorageSync(prefix + key),
    keys: () => api.getStorageInfoSync().keys.filter((key) => key.indexOf(prefix) === 0).map((key) => key.slice(prefix.length)),
  }
}
