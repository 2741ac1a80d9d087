// Draws the count: figures, quorum, delegations and the newest arrivals.
import type { LiveArrival, LiveBoard } from '@lvzhi/client'
import { clockTime } from './clock'
import { $, h, icon, replace, setText } from './dom'
import { percent } from './percent'
import { t, type Word } from './words'

const TICKER_SIZE = 6
/** More delegations than fit take turns. */
export const UNITS_PER_PAGE = 12
let unitsPage = 0
let drawnTicker = ''

function figure(id: string, value: string | number, unit: string): void {
  const node = $(id)
  const key = `${value}${unit}`
  if (node.dataset.shown === key) return
  node.dataset.shown = key
  replace(node, [String(value), unit ? h('small', unit) : null])
}

export function drawCounts(board: LiveBoard): void {
  const { counts } = board
  figure('present', counts.voting_present, t('people'))
  figure('should', counts.voting_total, t('people'))
  figure('rate', percent(counts.voting_present, counts.voting_total), '%')
  figure('late', counts.late, '')
  figure('leave', counts.on_leave, '')
  figure('attendees', counts.attendee_present, counts.attendee_total ? ` / ${counts.attendee_total}` : '')
  drawQuorum(board)
  drawDelegations(board)
  drawTicker(board)
}

function drawQuorum({ quorum }: LiveBoard): void {
  // Without a roster there is nothing that could be reached.
  const unknown = quorum.total === 0
  const ruled = quorum.rule !== 'none' && !unknown
  const total = quorum.total || 1
  $('quorum').classList.toggle('reached', ruled && quorum.reached)
  const words = unknown ? t('quorum_unknown') : !ruled ? t('quorum_none') : quorum.reached ? t('quorum_reached') : t('quorum_missing', { n: Math.max(1, quorum.needed - quorum.present) })
  const node = $('quorum-words')
  if (node.dataset.shown !== words) {
    node.dataset.shown = words
    replace(node, [ruled && quorum.reached ? icon('tick') : null, h('span.num', words)])
  }
  setText($('quorum-rule'), ruled ? t(`quorum_${quorum.rule}` as Word, { needed: quorum.needed }) : '')
  $('quorum-fill').style.width = `${Math.min(100, (quorum.present / total) * 100)}%`
  $('quorum-mark').hidden = !ruled
  if (ruled) {
    $('quorum-mark').style.left = `${Math.min(100, (quorum.needed / total) * 100)}%`
    setText($('quorum-needed'), `${t('quorum')} ${t('quorum_mark', { needed: quorum.needed })}`)
  }
  setText($('quorum-all'), unknown ? '' : t('quorum_all', { total }))
}

export function turnDelegations(): void {
  unitsPage += 1
}

function drawDelegations(board: LiveBoard): void {
  const all = board.delegations.filter((one) => one.total > 0)
  const pages = Math.max(1, Math.ceil(all.length / UNITS_PER_PAGE))
  // Pages of about the same length, in whole rows of three.
  const size = pages > 1 ? Math.ceil(all.length / pages / 3) * 3 : UNITS_PER_PAGE
  if (unitsPage >= pages) unitsPage = 0
  const list = all.slice(unitsPage * size, (unitsPage + 1) * size)
  // Blank rows keep the place of a shorter last page: nothing may jump on a wall.
  const places = pages > 1 ? size : list.length
  $('units').hidden = !all.length
  $('units').classList.toggle('two', all.length <= 6)
  const rows = $('units-list')
  while (rows.children.length > places) rows.lastElementChild!.remove()
  while (rows.children.length < places) rows.append(h('li', h('div.line', h('span.name'), h('span.num', h('span'), h('small'))), h('div.mini', h('i'))))
  Array.from(rows.children).forEach((row, index) => {
    const one = list[index]
    row.classList.toggle('quiet', !one)
    if (!one) return
    const figures = row.querySelector('.num')!
    setText(row.querySelector('.name'), one.name.replace(/(.)代表团$/, '$1')) // The heading says it already.
    setText(figures.firstElementChild, one.present)
    setText(figures.lastElementChild, ` / ${one.total}`)
    row.querySelector('i')!.style.width = `${Math.min(100, (one.present / one.total) * 100)}%`
    row.classList.toggle('full', one.present >= one.total)
  })
}

function drawTicker(board: LiveBoard): void {
  const recent = board.recent.slice(0, TICKER_SIZE)
  const key = recent.map((one) => one.entry_id + one.at).join() + t('latest')
  if (key === drawnTicker) return
  const before = drawnTicker
  drawnTicker = key
  const line = (one: LiveArrival): HTMLElement => {
    const guest = one.class === 'attendee' || one.class === 'observer' ? one.class : null
    const tag = one.state === 'late' ? h('em.late', t('late')) : guest ? h('em', t(guest)) : null
    const fresh = before !== '' && !before.includes(one.entry_id)
    return h(fresh ? 'li.fresh' : 'li', h(one.name.length > 5 ? 'p.who.long' : 'p.who', one.name, tag), h('p.from.num', h('span', one.delegation ?? one.seat_label ?? ''), clockTime(one.at)))
  }
  replace($('ticker'), recent.length ? recent.map(line) : [h('li.none', t('latest_none'))])
}

export function forgetDrawn(): void {
  drawnTicker = ''
  for (const node of document.querySelectorAll<HTMLElement>('[data-shown]')) delete node.dataset.shown
}
