// The dictionaries: the same keys, the same blanks to fill, nothing empty, and a word for everything the server may say.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { en } from '../../src/i18n/en'
import { zh } from '../../src/i18n/zh'
import { en as proposalsEn } from '../../src/proposals/words/en'
import { zh as proposalsZh } from '../../src/proposals/words/zh'

const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

test('English is complete', () => {
  const dictionaries: [Record<string, string>, Record<string, string>][] = [[zh, en], [proposalsZh, proposalsEn]]
  for (const [chinese, english] of dictionaries) {
    assert.deepEqual(Object.keys(english).sort(), Object.keys(chinese).sort())
    for (const [key, text] of Object.entries(chinese)) {
      const same = english[key] ?? ''
      assert.ok(text.trim() && same.trim(), key)
      assert.deepEqual(blanks(same), blanks(text), key)
      assert.ok(!/[\u4e00-\u9fff]/.test(same), `${key} is not English`)
    }
  }
})

test('every word of the contract has ours', () => {
  const { components } = JSON.parse(readFileSync('../../openapi/openapi.json', 'utf8')) as { components: { schemas: Record<string, { enum?: string[] }> } }
  const groups = { outcome: 'GateOutcome', att: 'AttendanceState', leave_state: 'LeaveState', leave_kind: 'LeaveKind', sitting_state: 'SittingState', class: 'SeatClass', level: 'Level', approver: 'Approver' }
  for (const [group, schema] of Object.entries(groups)) {
    for (const word of components.schemas[schema]?.enum ?? []) assert.ok(`${group}.${word}` in zh, `${group}.${word}`)
  }
  const ofProposals = { kind: 'ProposalKind', state: 'State', class: 'ResultClass', role: 'HandlingRole', deadline: 'DeadlineKind', light: 'Light', grade: 'Grade', grade_state: 'GradeState', talk_state: 'ConsultationState', sign_state: 'SignatoryState' }
  for (const [group, schema] of Object.entries(ofProposals)) {
    const words = components.schemas[schema]?.enum ?? []
    assert.ok(words.length, schema)
    for (const word of words) assert.ok(`${group}.${word}` in proposalsZh, `${group}.${word}`)
  }
})
