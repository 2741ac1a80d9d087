// What is said about each error code: the SDK's sentence in both languages, and what a program does about it.

import { ApiError, NetworkError, StorageError } from '@lvzhi/client'
import { explain } from '@lvzhi/client/messages'
import { errorCodes } from './contract.mjs'

const REFRESH = ['token_expired']
const LOG_IN = ['not_logged_in', 'session_revoked', 'gate_revoked']
const STEP = ['second_factor_required', 'second_factor_missing', 'phone_required', 'bad_code', 'bad_second_factor', 'bad_credentials', 'wechat_bad_code']
const CORRECT = ['validation_failed', 'import_has_problems', 'import_unreadable']
const RELOAD = ['conflict', 'already_exists', 'wrong_state', 'roster_empty', 'not_checked_in']
const PROGRAM = ['bad_request', 'body_not_json', 'method_not_allowed', 'not_acceptable', 'unsupported_media_type', 'idempotency_key_reused', 'batch_too_large', 'body_too_large']
const WAIT = ['rate_limited', 'overloaded', 'unavailable', 'offline', 'timeout']

const HANDLING = { do_refresh: REFRESH, do_log_in: LOG_IN, do_step: STEP, do_correct: CORRECT, do_reload: RELOAD, do_program: PROGRAM, do_wait: WAIT, do_update: ['client_outdated'], do_later: ['internal'] }

/** The key of the words that say what a program does. */
export const handlingOf = (code) => Object.keys(HANDLING).find((key) => HANDLING[key].includes(code)) ?? 'do_tell'

/** The sentences for people, as the SDK gives them. */
const sentences = (error) => ({ zh: explain(error, 'zh-CN'), en: explain(error, 'en') })

export const sentencesOf = new Map(errorCodes.map(({ code, status }) => [code, sentences(new ApiError(status, { code }))]))

export const deviceErrors = [
  ...['offline', 'timeout', 'aborted', 'unreadable'].map((code) => ({ code, kind: 'NetworkError', ...sentences(new NetworkError(code)) })),
  ...['storage_full', 'queue_full'].map((code) => ({ code, kind: 'StorageError', ...sentences(new StorageError(code)) })),
]

const strangers = Object.values(HANDLING).flat().filter((code) => !sentencesOf.has(code) && !deviceErrors.some((one) => one.code === code))
if (strangers.length > 0) throw new Error(`no such error codes any more: ${strangers}`)
