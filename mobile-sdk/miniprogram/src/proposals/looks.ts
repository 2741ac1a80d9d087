// How states, lights and due days of proposals are coloured and said, the same on every page.

import type { Schemas } from '@lvzhi/client'
import { dayText } from '../state/time'
import { t, word } from './words'

type State = Schemas['ProposalView']['state']

const OVER: State[] = ['closed', 'withdrawn', 'merged', 'released']
const OPEN_TEXT: State[] = ['draft', 'returned']

export const isOver = (state: State): boolean => OVER.includes(state)
export const isDraft = (state: State): boolean => OPEN_TEXT.includes(state)

export function stateBadge(state: State): string {
  if (state === 'returned' || state === 'supervised') return 'bad'
  if (state === 'replied' || state === 'closed' || state === 'opined') return 'good'
  return isOver(state) || state === 'draft' ? '' : 'warn'
}

const LIGHTS: Record<string, string> = { red: 'bad', yellow: 'warn', green: 'good' }

export function lightBadge(light: string | null | undefined): string {
  return LIGHTS[light ?? ''] ?? ''
}

/** A date without a time, such as `2026-04-08`, is a day in Beijing. */
export function day(date: string | null | undefined): string {
  return date ? dayText(`${date}T00:00:00+08:00`, true) : ''
}

export function dueText(kind: string | null | undefined, date: string | null | undefined): string {
  return date ? t('part.due', { name: word('deadline', kind ?? 'reply'), day: day(date) }) : ''
}

export function leftText(days: number): string {
  if (days < 0) return t('part.late', { n: -days })
  return days === 0 ? t('part.today') : t('part.left', { n: days })
}
