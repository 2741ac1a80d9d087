// The sentences: one for each thing that can go wrong, in both languages, each telling what to do.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, ERROR_CODES, NetworkError, StorageError } from '@lvzhi/client'
import { explain, messageKey } from '@lvzhi/client/messages'

const errors = [
  ...ERROR_CODES.map((code) => new ApiError(400, { code })),
  ...['offline', 'timeout', 'aborted', 'unreadable'].map((reason) => new NetworkError(reason)),
  ...['storage_full', 'queue_full'].map((code) => new StorageError(code)),
]

test('every code has its own sentence in both languages', () => {
  for (const [language, form] of [['zh-CN', /^[^{}]*[\u4e00-\u9fff][^{}]*$/], ['en', /^[A-Z][\x20-\x7e]*\.$/]]) {
    const sentences = errors.map((error) => explain(error, language))
    sentences.forEach((sentence, i) => assert.match(sentence, form, messageKey(errors[i])))
    assert.equal(new Set(sentences).size, errors.length, `two codes have one sentence in ${language}`)
  }
  assert.deepEqual(errors.map(messageKey).filter((key) => key === 'unknown'), [])
})

test('how long to wait is said when it is known', () => {
  const limited = (seconds) => new ApiError(429, { code: 'rate_limited' }, seconds)
  assert.equal(explain(limited(43)), '操作过于频繁，请 43 秒后再试')
  assert.equal(explain(limited(600)), '操作过于频繁，请 10 分钟后再试')
  assert.equal(explain(limited()), '操作过于频繁，请稍后再试')
  assert.equal(explain(limited(43), 'en'), 'Too many requests. Try again in 43 s.')
  assert.equal(explain(limited(), 'en'), 'Too many requests. Try again later.')
})

test('the request id is quoted when there is one', () => {
  assert.equal(explain(new ApiError(500, { code: 'internal', request_id: 'r-7' })), '系统出错，请稍后重试；如仍有问题，请提供请求编号 r-7')
  assert.equal(explain(new ApiError(500, {})), '系统出错，请稍后重试')
  assert.equal(explain(new ApiError(500, { code: 'internal', request_id: 'r-7' }), 'en'), 'Something went wrong on the server. Try again later; if it persists, quote the request id r-7.')
  assert.equal(explain(new ApiError(500, {}), 'en'), 'Something went wrong on the server. Try again later.')
})

test('whatever was thrown has a sentence', () => {
  for (const thrown of [undefined, null, 'text', new TypeError('x'), { code: 'conflict' }]) assert.equal(explain(thrown), '出现未知问题，请稍后重试')
})
