// Sorting, paging and finding people, as tables use them.
import { describe, expect, it } from 'vitest'
import { nextSort, pageCount, pageOf, sorted } from '../../src/app/rows'
import { matches } from '../../src/app/search'

describe('sorting', () => {
  const rows = [{ n: 3, name: '张' }, { n: null, name: '李' }, { n: 10, name: '赵' }, { n: 3, name: '陈' }]
  const value = (row: (typeof rows)[number], key: string) => row[key as 'n' | 'name']
  it('keeps the order of equals, and puts nothing last either way', () => {
    expect(sorted(rows, 'n', value).map((row) => row.name)).toEqual(['张', '陈', '赵', '李'])
    expect(sorted(rows, '-n', value).map((row) => row.name)).toEqual(['赵', '张', '陈', '李'])
    expect(sorted(rows, '', value)).toEqual(rows)
  })
  it('orders Chinese by spelling and numbers in texts by value', () => {
    expect(sorted([{ n: '张三' }, { n: '白梅' }, { n: '李四' }], 'n', (row) => row.n).map((row) => row.n)).toEqual(['白梅', '李四', '张三'])
    expect(sorted([{ n: '第10排' }, { n: '第2排' }], 'n', (row) => row.n).map((row) => row.n)).toEqual(['第2排', '第10排'])
  })
  it('turns up, down and back', () => {
    expect(nextSort('', 'at')).toBe('at')
    expect(nextSort('at', 'at')).toBe('-at')
    expect(nextSort('-at', 'at')).toBe('')
    expect(nextSort('name', 'at')).toBe('at')
  })
})

describe('paging', () => {
  const rows = Array.from({ length: 45 }, (_, n) => n)
  it('holds every row once', () => {
    expect([1, 2, 3].flatMap((page) => pageOf(rows, page))).toEqual(rows)
    expect(pageCount(45)).toBe(3)
    expect(pageCount(0)).toBe(1)
  })
  it('shows the last page for one behind the end, as after a deletion', () => {
    expect(pageOf(rows, 99)).toEqual(pageOf(rows, 3))
    expect(pageOf(rows, 0)).toEqual(pageOf(rows, 1))
  })
})

describe('finding people', () => {
  const person = { name: '欧阳清和', name_pinyin: 'ouyangqinghe oyqh', seat_label: '3排05座' }
  it.each(['', '欧阳', '清和', 'ouyang', 'OuYang Qing', 'oyqh', 'oyq', '3排05座'])('finds her by %j', (query) => { expect(matches(person, query)).toBe(true) })
  it.each(['阳欧', 'yangqing', 'qh', '3排', 'x'])('does not find her by %j', (query) => { expect(matches(person, query)).toBe(false) })
})
