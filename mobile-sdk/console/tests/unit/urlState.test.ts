// What is filtered, sorted and paged survives the address and back.
import { describe, expect, it } from 'vitest'
import { buildQuery, parseQuery } from '../../src/app/urlState'

const DEFAULTS = { q: '', page: 1, open: false, sort: '' }

describe('reading', () => {
  it('takes defaults for what is missing or makes no sense', () => {
    expect(parseQuery(DEFAULTS, {})).toEqual(DEFAULTS)
    expect(parseQuery(DEFAULTS, { page: 'x', open: 'maybe', q: null })).toEqual(DEFAULTS)
    expect(parseQuery(DEFAULTS, { page: '-3' }).page).toBe(1)
    expect(parseQuery(DEFAULTS, { page: '99999999999' }).page).toBe(1)
  })
  it('takes the first of several', () => {
    expect(parseQuery(DEFAULTS, { q: ['a', 'b'] }).q).toBe('a')
  })
})

describe('writing', () => {
  it('leaves defaults out and keys of others alone', () => {
    expect(buildQuery(DEFAULTS, { q: '张', page: 1, open: false, sort: '' }, { tab: 'flags', page: '3' })).toEqual({ tab: 'flags', q: '张' })
  })
  it('is undone by reading', () => {
    for (const state of [{ q: 'zhang', page: 7, open: true, sort: '-name' }, { q: '', page: 1, open: false, sort: 'at' }]) {
      expect(parseQuery(DEFAULTS, buildQuery(DEFAULTS, state, {}))).toEqual(state)
    }
  })
})
