// Says in one sentence what went wrong and what to do, in Chinese or English.

import type { ErrorCode } from './errors.js'
import type { NetworkFailure } from './transport.js'
import { en } from './messages/en.js'
import { zh } from './messages/zh.js'

export type MessageKey = ErrorCode | NetworkFailure | 'storage_full' | 'queue_full' | 'unknown'
export type MessageLanguage = 'zh-CN' | 'en'

/** A dictionary: a code without a sentence does not compile. */
export type Sentences = { [K in MessageKey | 'later' | 'seconds' | 'minutes']: string }

/** The key that belongs to whatever a call of the client threw. */
export function messageKey(error: unknown): MessageKey {
  // By their fields and not by their classes, so that this module does not carry the core along.
  const { name, code, reason } = Object(error) as { name?: string; code?: MessageKey; reason?: MessageKey }
  const key = name === 'NetworkError' ? reason : name === 'ApiError' || name === 'StorageError' ? code : undefined
  return key && key in zh ? key : 'unknown'
}

/** The sentence to show to a person. */
export function explain(error: unknown, language: MessageLanguage = 'zh-CN'): string {
  const sentences = language === 'en' ? en : zh
  const { retryAfter, requestId } = Object(error) as { retryAfter?: number; requestId?: string }
  return sentences[messageKey(error)]
    .replace('{s}', () => waiting(sentences, retryAfter))
    // Without a number to quote, the words that ask for it go as well.
    .replace(/[；;][^；;]*\{id\}/, (words) => (requestId ? words.replace('{id}', requestId) : ''))
}

function waiting(sentences: Sentences, seconds: number | undefined): string {
  if (!seconds) return sentences.later
  return seconds < 90 ? sentences.seconds.replace('{n}', String(Math.ceil(seconds))) : sentences.minutes.replace('{n}', String(Math.ceil(seconds / 60)))
}
