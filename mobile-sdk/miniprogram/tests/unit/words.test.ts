// The dictionaries: the same keys, the same blanks to fill, nothing empty, and a word for everything the server may say.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { en } from '../../src/i18n/en'
import { zh } from '../../src/i18n/zh'

const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

test('English is complete', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort())
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    assert.ok(zh[key].trim() && en[key].trim(), key)
    assert.deepEqual(blanks(en[key]), blanks(zh[key]), key)
    assert.ok(!/[\u4e00-\u9fff]/.test(en[key]), `${key} is not English`)
  }
})

test('every word of the contract has ours', () => {
  const { components } = JSON.parse(readFileSync('../../openapi/openapi.json', 'utf8')) as { components: { schemas: Record<string, { enum?: string[] }> } }
  const groups = { outcome: 'GateOutcome', att: 'AttendanceState', leave_state: 'LeaveState', leave_kind: 'LeaveKind', sitting_state: 'SittingState', class: 'SeatClass', level: 'Level', approver: 'Approver' }
  for (const [group, schema] of Object.entries(groups)) {
    for (const word of components.schemas[schema]?.enum ?? []) assert.ok(`${group}.${word}` in zh, `${group}.${word}`)
  }
})
