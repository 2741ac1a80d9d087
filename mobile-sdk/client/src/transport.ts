// What the core asks of its surroundings: requests, sockets and a place to keep things.

/** What a browser's AbortSignal offers; any object like it will do. */
export interface Signal {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** A file in a browser: a Blob or File. */
export interface WebFile {
  readonly size: number
  readonly type: string
  readonly name?: string
  arrayBuffer(): Promise<ArrayBuffer>
}

/** A file in a mini-program: what `wx.chooseMessageFile` gave. */
export interface WxFile {
  readonly path: string
  readonly name?: string
}

export type UploadFile = WebFile | WxFile

export interface HttpRequest {
  method: string
  url: string
  headers: Record<string, string>
  /** JSON text. */
  body?: string
  /** Sent as the field `file` of a form. */
  file?: UploadFile
  /** The answer is wanted as an ArrayBuffer. */
  bytes: boolean
  timeoutMs: number
  signal?: Signal | undefined
}

export interface HttpResponse {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: string | ArrayBuffer
}

/**
 * `offline`: no connection. `timeout`: no answer in time. `aborted`: the caller gave up. `unreadable`: somebody else answered,
 * such as the log-in page of a hotel's network.
 */
export type NetworkFailure = 'offline' | 'timeout' | 'aborted' | 'unreadable'

export interface SocketEvents {
  open(): void
  message(text: string): void
  /** Comes once, also when the socket never opened. */
  close(): void
}

export interface Transport {
  /** Rejects when no answer came; `reason` of the rejection says why (see NetworkError). */
  send(request: HttpRequest): Promise<HttpResponse>
  socket(url: string, protocols: string[], events: SocketEvents): { close(): void }
  /** Runs `work` while nobody else on this device runs under the same name. */
  lock?<T>(name: string, work: () => Promise<T>): Promise<T>
  /** Calls back when the network or the person is back; returns how to stop that. */
  onWake?(listener: () => void): () => void
}

/** Texts by key, kept over restarts. Synchronous, as `wx.getStorageSync` and `localStorage` are. */
export interface ClientStorage {
  get(key: string): string | undefined
  /** Throws when there is no room. */
  set(key: string, value: string): void
  remove(key: string): void
  keys(): string[]
  /** Calls back when another tab changed something. */
  watch?(listener: () => void): void
}

/** Forgets everything at the end; for tests and one-time scripts. */
export function memoryStorage(): ClientStorage {
  const kept: { [key: string]: string } = {}
  return {
    get: (key) => kept[key],
    set: (key, value) => { kept[key] = value },
    remove: (key) => { delete kept[key] },
    keys: () => Object.keys(kept),
  }
}
