// Turns whatever went wrong into what a person sees: a title, a sentence that tells what to do, and which buttons help.

import { ApiError, isUndecided, NetworkError, StorageError } from '@lvzhi/client'
import { explain } from '@lvzhi/client/messages'
import { t } from '../i18n'
import { settings } from './settings'

export interface Trouble {
  code: string
  title: string
  text: string
  icon: string
  retry: boolean
  logIn: boolean
  requestId: string
  /** Seconds to wait, when the server said so. */
  waitS: number
}

const LOG_IN = ['not_logged_in', 'token_expired', 'session_revoked']

export function codeOf(error: unknown): string {
  if (error instanceof ApiError) return error.code
  if (error instanceof NetworkError) return 'network'
  if (error instanceof StorageError) return error.code
  return 'internal'
}

/** True when the server may or may not have done it: the same thing may simply be sent again. */
export function undecided(error: unknown): boolean {
  return isUndecided(error)
}

export function needsLogIn(error: unknown): boolean {
  return LOG_IN.includes(codeOf(error))
}

export function sentence(error: unknown): string {
  if (error instanceof ApiError && error.code === 'validation_failed') {
    const first = error.errors[0] as { message?: string } | undefined
    if (first?.message) return `${explain(error, settings.language)} ${first.message}`
  }
  return explain(error, settings.language)
}

export function trouble(error: unknown): Trouble {
  const code = codeOf(error)
  const logIn = LOG_IN.includes(code)
  const icon = code === 'network' ? 'offline' : logIn ? 'lock' : code === 'not_found' ? 'search' : code.startsWith('code_') ? 'scan' : code.includes('sitting_not_open') ? 'clock' : 'warn'
  const title = code === 'network' ? t('error.network') : logIn ? t('error.log_in') : code === 'not_found' ? t('error.not_found') : t('error.heading')
  return {
    code,
    title,
    text: sentence(error),
    icon,
    retry: undecided(error),
    logIn,
    requestId: error instanceof ApiError && error.status >= 500 && error.requestId ? error.requestId.slice(0, 8) : '',
    waitS: error instanceof ApiError && error.retryAfter ? Math.ceil(error.retryAfter) : 0,
  }
}
