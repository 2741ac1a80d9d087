// What the hall screen says, in Chinese and English.

export const zh = {
  title: '会场签到大屏', should: '应到', present: '实到', rate: '出席率', late: '迟到', leave: '请假', attendees: '列席', people: '人',
  quorum: '法定人数', quorum_reached: '已达法定人数', quorum_missing: '距法定人数还差 {n} 人', quorum_two_thirds: '全体的三分之二以上，须 {needed} 人',
  quorum_majority: '全体的过半数，须 {needed} 人', quorum_none: '本次会议不设法定人数', quorum_unknown: '应到名单确定后显示法定人数', quorum_all: '全体 {total}', quorum_mark: '{needed} 人',
  delegations: '各代表团实到', latest: '最新签到', latest_none: '等待第一位代表签到', scan: '微信或手机相机扫码签到', next: '{s} 秒后更换',
  typed: '不便扫码？打开', typed_then: '输入数字码', typed_wait: '数字码在签到开始后显示', starts: '{time} 开始', late_after: '{time} 后计为迟到',
  not_open: '签到尚未开始', not_open_in: '距会议开始', not_open_text: '签到开始后，二维码会自动显示', closed: '签到已结束', closed_text: '未签到的代表请联系会务人员',
  offline: '网络中断，正在重连', offline_text: '二维码已过期，恢复后自动更新', no_token: '此链接缺少大屏凭证', bad_token: '大屏链接已失效',
  bad_token_text: '请会务人员重新生成大屏链接并在此电脑打开', not_found: '没有找到这个场次', live: '实时', reconnecting: '重连中 · 数据截至 {time}', connecting: '正在连接',
  attendee: '列席', observer: '旁听', loading: '正在加载', fullscreen: '全屏', language: 'English',
  state_open: '签到中', state_closed: '签到已结束', state_waiting: '尚未开始', day: '{month}月{day}日 星期{weekday}', weekdays: '日一二三四五六'
}
export type Word = keyof typeof zh

export const en: Record<Word, string> = {
  title: 'Hall sign-in screen', should: 'Expected', present: 'Present', rate: 'Attendance', late: 'Late', leave: 'On leave', attendees: 'Non-voting', people: '',
  quorum: 'Quorum', quorum_reached: 'Quorum reached', quorum_missing: '{n} more needed for quorum', quorum_two_thirds: 'Two thirds of all seats: {needed}',
  quorum_majority: 'More than half of all seats: {needed}', quorum_none: 'No quorum rule for this sitting', quorum_unknown: 'The quorum shows once the roster is set', quorum_all: 'All {total}', quorum_mark: '{needed}',
  delegations: 'Present by delegation', latest: 'Latest', latest_none: 'Waiting for the first sign-in', scan: 'Scan to sign in', next: 'new code in {s} s',
  typed: 'Cannot scan? Open', typed_then: 'and type', typed_wait: 'The number code appears when sign-in opens', starts: 'starts {time}', late_after: 'late after {time}',
  not_open: 'Sign-in has not started', not_open_in: 'Meeting starts in', not_open_text: 'The QR code appears here when sign-in opens', closed: 'Sign-in has ended', closed_text: 'If you have not signed in, please see the meeting staff',
  offline: 'Network lost, reconnecting', offline_text: 'The QR code has expired and will return by itself', no_token: 'This link has no screen token', bad_token: 'This screen link has expired',
  bad_token_text: 'Ask the meeting staff for a new screen link and open it here', not_found: 'This sitting was not found', live: 'Live', reconnecting: 'Reconnecting · as of {time}', connecting: 'Connecting',
  attendee: 'Non-voting', observer: 'Observer', loading: 'Loading', fullscreen: 'Full screen', language: '中文',
  state_open: 'Open', state_closed: 'Closed', state_waiting: 'Not open yet', day: '{weekday} {day} {month}', weekdays: 'Sun Mon Tue Wed Thu Fri Sat'
}

const KEPT = 'lvzhi.console.language'
let words: Record<Word, string> = zh

export function t(word: Word, values: Record<string, string | number> = {}): string {
  return words[word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}

export function isEnglish(): boolean {
  return words === en
}

export function setEnglish(english: boolean): void {
  words = english ? en : zh
  document.documentElement.lang = english ? 'en' : 'zh-CN'
}

export function keptEnglish(): boolean {
  try {
    return localStorage.getItem(KEPT) === 'en'
  } catch {
    return false
  }
}

export function keep(): void {
  try {
    localStorage.setItem(KEPT, isEnglish() ? 'en' : 'zh-CN')
  } catch {
    // Lasts as long as the page.
  }
}
