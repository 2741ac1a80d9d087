// One call of one operation: builds the request, sends it, repeats it where that is safe, and reads the answer.

import { ApiError, isUndecided, NetworkError } from './errors.js'
import { CONTRACT_VERSION, OPERATIONS, type OperationId } from './generated/operations.js'
import type { SessionKeeper } from './session.js'
import type { HttpRequest, HttpResponse, NetworkFailure, Transport, UploadFile } from './transport.js'
import type { CallOptions } from './types.js'

export interface Surroundings {
  baseUrl: string
  transport: Transport
  session: SessionKeeper
  language(): string
  timeoutMs: number
  /** How often a safe request is sent again. */
  retries: number
  onOutdated(error: ApiError): void
}

type AnyArgs = { [name: string]: unknown; body?: unknown; file?: UploadFile }

/** Waiting longer than this is for the person to decide. */
const LONGEST_WAIT_S = 20

/** A roster goes up slowly on a hall's network, and the server reads all of it before it answers. */
const UPLOAD_MS = 60_000

export type Call = (id: OperationId, args?: AnyArgs, options?: CallOptions) => Promise<any>

export function createCall(around: Surroundings): Call {
  const keys = new KeyRing()

  async function call(id: OperationId, args: AnyArgs = {}, options: CallOptions = {}): Promise<unknown> {
    const [method, path, flags = ''] = OPERATIONS[id].split(' ') as [string, string, string?]
    const has = (flag: string) => flags.indexOf(flag) >= 0
    const request = build(around, method, path, flags, args, options)
    const repeatable = method !== 'POST' || has('i') || has('n') || id === 'auth_refresh'
    let intent = ''
    if (has('i')) {
      const account = around.session.account
      intent = [account && account.account_id, request.url, request.body].join(' ')
      request.headers['idempotency-key'] = options.idempotencyKey || keys.of(intent)
    }
    let refreshed = false
    for (let attempt = 0; ; attempt += 1) {
      let token: string | undefined
      try {
        if (!has('p')) {
          token = options.token || (await around.session.token())
          request.headers.authorization = 'Bearer ' + token
        }
        const answer = read(await send(around.transport, request), flags)
        keys.done(intent)
        if (has('s') && id !== 'auth_refresh') around.session.keep(answer as never)
        return answer
      } catch (error) {
        if (error instanceof ApiError) {
          // A DELETE whose first answer was lost finds nothing left to delete.
          if (method === 'DELETE' && attempt > 0 && error.status === 404) return undefined
          if (error.code === 'client_outdated') around.onOutdated(error)
          if (token && !options.token && error.status === 401) {
            if (!refreshed && (error.code === 'token_expired' || error.code === 'not_logged_in')) {
              refreshed = true
              attempt -= 1
              await around.session.refresh(token)
              continue
            }
            if (error.code === 'session_revoked' || error.code === 'gate_revoked') around.session.ended(token)
          }
          if (!isUndecided(error) && error.status !== 401) keys.done(intent)
        }
        const wait = repeatable && attempt < (options.retries === undefined ? around.retries : options.retries) ? waitBefore(error, attempt) : undefined
        if (wait === undefined || (options.signal && options.signal.aborted)) throw error
        await new Promise<void>((resolve) => setTimeout(resolve, wait))
      }
    }
  }
  return call
}

function build(around: Surroundings, method: string, path: string, flags: string, args: AnyArgs, options: CallOptions): HttpRequest {
  const query: string[] = []
  const used: { [name: string]: boolean } = { body: true, file: true }
  let url = around.baseUrl + '/api/v1' + path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = args[name]
    // An empty one would silently ask for something else.
    if (value === undefined || value === null || value === '') throw new TypeError(`"${name}" is missing`)
    used[name] = true
    return encodeURIComponent(String(value))
  })
  for (const name of Object.keys(args)) {
    const value = args[name]
    if (!used[name] && value !== undefined && value !== null) query.push(encodeURIComponent(name) + '=' + encodeURIComponent(String(value)))
  }
  if (query.length) url += '?' + query.join('&')
  const headers: Record<string, string> = {
    accept: /[bt]/.test(flags) ? '*/*' : 'application/json',
    'accept-language': around.language(),
    'lvzhi-client': CONTRACT_VERSION,
  }
  const bytes = flags.indexOf('b') >= 0
  const request: HttpRequest = { method, url, headers, bytes, timeoutMs: options.timeoutMs || (args.file ? UPLOAD_MS : around.timeoutMs), signal: options.signal }
  if (args.file) request.file = args.file
  else if (args.body !== undefined) {
    request.body = JSON.stringify(args.body)
    headers['content-type'] = 'application/json'
  }
  return request
}

async function send(transport: Transport, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await transport.send(request)
  } catch (error) {
    throw new NetworkError((error as { reason?: NetworkFailure }).reason || 'offline', error)
  }
}

function read({ status, headers, body }: HttpResponse, flags: string): unknown {
  const has = (flag: string) => flags.indexOf(flag) >= 0
  const contentType = headers['content-type'] || ''
  if (status < 200 || status > 299) throw refusal(status, headers, textOf(body))
  if (status === 204) return undefined
  if (has('b') || has('t')) {
    if (has('b') && contentType.indexOf('text/html') === 0) throw new NetworkError('unreadable')
    const filename = filenameOf(headers['content-disposition'])
    const content = has('b') ? { bytes: body, contentType } : { text: textOf(body), contentType }
    return filename ? Object.assign(content, { filename }) : content
  }
  try {
    return JSON.parse(textOf(body))
  } catch (error) {
    throw new NetworkError('unreadable', error)
  }
}

function refusal(status: number, headers: Record<string, string>, text: string): ApiError {
  let problem: { retry_after_s?: number } = {}
  try {
    problem = Object(JSON.parse(text))
  } catch {
    // A proxy's page: only its status says something.
  }
  const header = headers['retry-after']
  const seconds = problem.retry_after_s || (header && /^\d+$/.test(header) ? Number(header) : undefined)
  return new ApiError(status, problem, seconds)
}

/** Milliseconds before the next attempt, or undefined when it makes no sense. */
function waitBefore(error: unknown, attempt: number): number | undefined {
  const backOff = 300 * 2 ** attempt * (1 + Math.random())
  if (error instanceof NetworkError) return error.reason === 'aborted' ? undefined : backOff
  if (!(error instanceof ApiError) || !isUndecided(error) || error.status === 500) return undefined
  const asked = error.retryAfter
  if (asked === undefined) return error.status === 429 ? undefined : backOff
  return asked > LONGEST_WAIT_S ? undefined : asked * 1000 + backOff
}

/** UTF-8 without TextDecoder, which mini-programs lack; only problems come this way, and they are short. */
function textOf(body: string | ArrayBuffer): string {
  if (typeof body === 'string') return body
  let escaped = ''
  for (const byte of Array.from(new Uint8Array(body))) escaped += '%' + (byte + 256).toString(16).slice(1)
  try {
    return decodeURIComponent(escaped)
  } catch {
    return ''
  }
}

function filenameOf(disposition: string | undefined): string | undefined {
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition || '')
  if (encoded) {
    try {
      return decodeURIComponent(encoded[1] as string)
    } catch {
      // Then the plain name has to do.
    }
  }
  const plain = /filename="?([^";]+)/i.exec(disposition || '')
  return plain ? plain[1] : undefined
}

/** Remembers the key of an intent until the server has decided, so that "try again" is a repetition and not a second thing. */
class KeyRing {
  private readonly keys: Map<string, string> = new Map()

  of(intent: string): string {
    const key = this.keys.get(intent) || uniqueId()
    this.keys.set(intent, key)
    if (this.keys.size > 50) this.keys.delete(this.keys.keys().next().value as string)
    return key
  }

  done(intent: string): void {
    this.keys.delete(intent)
  }
}

let newest = 0

/** Unique, sorts in the order of making, and no secret: mini-programs have no `crypto`. */
export function uniqueId(): string {
  newest = Math.max(Date.now(), newest + 1)
  const part = () => Math.random().toString(36).slice(2, 12)
  return newest.toString(36).padStart(9, '0') + part() + part()
}
