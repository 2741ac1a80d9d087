// Bodies for examples whose rules say more than their schema: which id belongs to which kind, which moment comes first.

const ID = '01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42'
const SEAT = '01932b70-1f58-7d21-8a4e-52c0b9e6d7f3'
// 16 bytes of the sitting, its step, and a seal: what the link on the hall screen ends with.
const SCANNED = 'AZMrbno8fBCbUz0Pb4ocQgHbK1ZqVYt0cXo3nTz5bB4'
const PLACE = { latitude: 30.2084, longitude: 120.2119 }

const meeting = {
  kind: 'congress_session',
  title: '滨江区第十七届人民代表大会第六次会议',
  starts_on: '2026-03-02',
  ends_on: '2026-03-05',
  congress_session_id: ID,
}
const sitting = {
  title: '第一次全体会议',
  place: '人民会堂一楼大厅',
  starts_at: '2026-03-02T01:00:00Z',
  ends_at: '2026-03-02T04:00:00Z',
  ...PLACE,
  radius_m: 300,
}
const move = { entry_id: SEAT, reason: '提前离会' }

export const bodies = {
  body_create: { kind: 'standing_committee', name: '区人大常委会', seat_count: 29 },
  body_member_update: { representative_ids: [ID, SEAT] },
  certificate_create: { representative_id: SEAT, sitting_id: ID },
  check_in_by_clerk: { entry_id: SEAT, reason: '手机没电，现场核对身份证' },
  check_in_create: { kind: 'typed_code', code: '402817' },
  check_out_create: move,
  code_resolve: { code: SCANNED, device_id: '0f3d6c52-phone' },
  congress_create: { parent_id: ID, level: 'township', region_code: '330108002', name: '滨江区长河街道人民代表大会', short_name: '长河街道' },
  congress_update: {
    name: '杭州市滨江区人民代表大会',
    short_name: '滨江区',
    settings: { late_grace_minutes: 10, leave_during_session: 'delegation_head' },
  },
  flag_decide: { decision: 'dismissed', note: '夫妻共用一部手机，均在现场' },
  leave_request_create: { grain: 'sitting', sitting_id: ID, kind: 'sick', reason: '住院手术，无法参会' },
  leave_request_refuse: { note: '大会选举，请尽量出席' },
  meeting_create: meeting,
  meeting_update: meeting,
  representative_resume: { reason: '暂停执行职务的情形已经消失' },
  return_create: { entry_id: SEAT },
  roster_update: { source: 'body', attendees: [{ class: 'attendee', name: '王芳', seat_label: '列席 3 排 12 座' }] },
  sitting_create: sitting,
  sitting_update: sitting,
  staff_create: { login: 'zhang.san', name: '张三', password: 'correct horse battery', phone: '13800001234', roles: ['clerk'] },
  staff_update: { congress_id: ID, roles: ['clerk', 'liaison'] },
  unit_create: { kind: 'station', name: '长河街道代表联络站', address: '江南大道 100 号', ...PLACE },
  unit_update: { name: '长河街道代表联络站', address: '江南大道 100 号', ...PLACE },
}
