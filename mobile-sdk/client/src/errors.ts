// What can go wrong: an answer of the server that is no success, no answer at all, or a store that is full.

import type { components } from './generated/schema.js'
import { ERROR_CODES } from './generated/operations.js'
import type { NetworkFailure } from './transport.js'

type Problem = components['schemas']['Problem']
export type FieldError = components['schemas']['FieldError']

/** Why the server said no. Closed: a code of a newer server is shown as the general code of its status. */
export type ErrorCode = components['schemas']['ErrorCode']

const BY_STATUS: { [status: number]: ErrorCode } = {
  401: 'not_logged_in', 403: 'forbidden', 404: 'not_found', 405: 'method_not_allowed', 406: 'not_acceptable', 409: 'conflict',
  413: 'body_too_large', 415: 'unsupported_media_type', 422: 'validation_failed', 423: 'account_locked', 426: 'client_outdated',
  429: 'rate_limited', 502: 'unavailable', 503: 'unavailable', 504: 'unavailable',
}

/** The server answered, and it was no. */
export class ApiError extends Error {
  readonly code: ErrorCode
  /** One sentence in the language of the client. */
  readonly title: string
  readonly detail: string | undefined
  /** Which fields are not acceptable, and why. */
  readonly errors: FieldError[]
  /** Quote this when you ask the operators for help. */
  readonly requestId: string | undefined

  constructor(
    readonly status: number,
    problem: Partial<Problem>,
    /** Seconds after which another try makes sense. */
    readonly retryAfter?: number,
  ) {
    const general = BY_STATUS[status] || (status < 500 ? 'bad_request' : 'internal')
    const code = problem.code && (ERROR_CODES.indexOf(problem.code) >= 0 ? problem.code : general) || general
    // For the developer who reads it in a log; people are shown `title`, or what `explain` says.
    super([code, problem.title, problem.detail].concat((problem.errors || []).map((one) => `${one.field} ${one.message}`)).filter(Boolean).join('; '))
    this.name = 'ApiError'
    this.code = code
    this.title = problem.title || ''
    this.detail = problem.detail || undefined
    this.errors = problem.errors || []
    this.requestId = problem.request_id
  }
}

/** No answer came: whether the request was carried out is not known. */
export class NetworkError extends Error {
  constructor(readonly reason: NetworkFailure, readonly cause?: unknown) {
    super(reason)
    this.name = 'NetworkError'
  }
}

/** Nothing was kept: `storage_full` when the phone has no room, `queue_full` when too much waits already. */
export class StorageError extends Error {
  constructor(readonly code: 'storage_full' | 'queue_full', readonly cause?: unknown) {
    super(code)
    this.name = 'StorageError'
  }
}

/** True when the request may or may not have been carried out, so that it should be sent again later. */
export function isUndecided(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429 || (error.status === 409 && error.retryAfter !== undefined)
  return error instanceof NetworkError
}
