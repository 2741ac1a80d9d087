// For browsers and Node: requests by fetch, sockets by WebSocket, things kept in localStorage.

import type { ClientStorage, HttpRequest, HttpResponse, NetworkFailure, SocketEvents, Transport, WebFile } from './transport.js'
import { memoryStorage } from './transport.js'

export interface FetchOptions {
  /** Instead of the global ones. */
  fetch?: typeof fetch
  WebSocket?: typeof WebSocket
}

export function fetchTransport(options: FetchOptions = {}): Transport {
  const transport: Transport = {
    send: (request) => send(options.fetch || fetch, request),
    socket: (url, protocols, events) => socket(options.WebSocket || WebSocket, url, protocols, events),
    onWake,
  }
  const locks = typeof document === 'object' && navigator.locks
  if (locks) transport.lock = (name, work) => locks.request(name, work) as ReturnType<typeof work>
  return transport
}

async function send(doFetch: typeof fetch, request: HttpRequest): Promise<HttpResponse> {
  const abort = new AbortController()
  const { signal } = request
  let reason: NetworkFailure = 'offline'
  const stop = (why: NetworkFailure) => { reason = why; abort.abort() }
  const giveUp = () => stop('aborted')
  const timer = setTimeout(() => stop('timeout'), request.timeoutMs)
  if (signal && signal.aborted) giveUp()
  else if (signal) signal.addEventListener('abort', giveUp)
  try {
    const response = await doFetch(request.url, {
      method: request.method, headers: request.headers, body: request.file ? form(request.file as WebFile) : request.body ?? null,
      cache: 'no-store', credentials: 'omit', signal: abort.signal,
    })
    const headers: Record<string, string> = {}
    response.headers.forEach((value, name) => { headers[name.toLowerCase()] = value })
    return { status: response.status, headers, body: request.bytes ? await response.arrayBuffer() : await response.text() }
  } catch (error) {
    throw Object.assign(new Error(String(error)), { reason })
  } finally {
    clearTimeout(timer)
    if (signal) signal.removeEventListener('abort', giveUp)
  }
}

function form(file: WebFile): FormData {
  const data = new FormData()
  data.append('file', file as Blob, file.name || 'file')
  return data
}

function socket(Socket: typeof WebSocket, url: string, protocols: string[], events: SocketEvents): { close(): void } {
  const one = new Socket(/^ws/.test(url) ? url : location.origin.replace(/^http/, 'ws') + url, protocols)
  one.onopen = events.open
  one.onmessage = (event) => events.message(String(event.data))
  one.onclose = events.close
  // The close that follows says as much; some sockets take an error nobody hears for a crash.
  one.onerror = () => {}
  return { close: () => one.close() }
}

function onWake(listener: () => void): () => void {
  if (typeof document !== 'object') return () => {}
  const seen = () => { if (document.visibilityState === 'visible') listener() }
  addEventListener('online', listener)
  document.addEventListener('visibilitychange', seen)
  return () => {
    removeEventListener('online', listener)
    document.removeEventListener('visibilitychange', seen)
  }
}

/**
 * Keeps things in localStorage under `prefix`. Where the browser forbids that (private windows, storage switched off) they
 * live until the page is closed.
 */
export function webStorage({ prefix = 'lvzhi.' } = {}): ClientStorage {
  let area: Storage
  try {
    area = localStorage
    area.getItem(prefix)
  } catch {
    return memoryStorage()
  }
  if (!area) return memoryStorage()
  return {
    get: (key) => area.getItem(prefix + key) ?? undefined,
    set: (key, value) => area.setItem(prefix + key, value),
    remove: (key) => area.removeItem(prefix + key),
    keys: () => Object.keys(area).filter((key) => key.indexOf(prefix) === 0).map((key) => key.slice(prefix.length)),
    watch: (listener) => addEventListener('storage', (event) => {
      if (event.key === null || event.key.indexOf(prefix) === 0) listener()
    }),
  }
}
