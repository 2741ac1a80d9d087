// Does not run: proves that a mini-program's code compiles against what is published, and that wrong code does not.

import { ApiError, createClient, StorageError, type Schemas } from '@lvzhi/client'
import { explain } from '@lvzhi/client/messages'
import { wxStorage, wxTransport } from '@lvzhi/client/wx'

const client = createClient({ baseUrl: 'https://lvzhi.example.gov.cn', transport: wxTransport(), storage: wxStorage() })
// The real `wx` has everything that is used of it.
wxTransport(wx)
wxStorage({ prefix: 'gate.', api: wx })

export async function compiles() {
  const sitting: Schemas['SittingView'] = await client.sitting_get({ id: 'a' })
  const done = await client.check_in_create({ id: sitting.id, body: { kind: 'typed_code', code: '402817' } })
  const seat: string | null | undefined = done.seat_label
  const nothing: void = await client.auth_logout()
  for await (const meeting of client.each.meeting_list({ id: 'a', limit: 50 })) meeting.title.trim()
  const chosen = (await wx.chooseMessageFile({ count: 1, type: 'file' })).tempFiles[0]
  if (chosen) await client.representative_import({ id: 'a', file: chosen, commit: false })
  const sheet = await client.attendance_xlsx({ id: 'a' })
  wx.getFileSystemManager().writeFileSync(`${wx.env.USER_DATA_PATH}/${sheet.filename ?? 'attendance.xlsx'}`, sheet.bytes)
  const live = client.live('a', { onBoard: (board) => board.counts.voting_present.toFixed() })
  live.close()
  try {
    client.queue.enqueue({ kind: 'check_in', sitting_id: 'a', body: { kind: 'ticket', code: 't' } })
  } catch (error) {
    if (error instanceof StorageError && error.code === 'queue_full') explain(error, 'zh-CN')
    if (error instanceof ApiError && error.code === 'code_expired') explain(error)
  }
  return [seat, nothing]
}

export async function doesNotCompile() {
  // @ts-expect-error the id is missing
  await client.sitting_get()
  // @ts-expect-error the body is missing
  await client.check_in_create({ id: 'a' })
  // @ts-expect-error no such kind
  await client.check_in_create({ id: 'a', body: { kind: 'face', code: '1' } })
  // @ts-expect-error no such operation
  await client.sitting_fetch({ id: 'a' })
  // @ts-expect-error no such parameter
  await client.sitting_get({ id: 'a', expand: true })
  // @ts-expect-error not a list
  client.each.sitting_get({ id: 'a' })
  // @ts-expect-error no such code
  new ApiError(404, {}).code === 'lost'
  // @ts-expect-error a language without sentences
  explain(null, 'fr')
  // @ts-expect-error an event has a signature
  client.queue.enqueue({ kind: 'gate_event', sitting_id: 'a', event: { seq: 1 } })
}
