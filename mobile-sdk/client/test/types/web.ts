// Does not run: proves that a page's code compiles against what is published, and that wrong code does not.

import { ApiError, createClient, type ErrorCode, type LiveBoard } from '@lvzhi/client'
import { fetchTransport, webStorage } from '@lvzhi/client/web'

const client = createClient({ baseUrl: '', transport: fetchTransport(), storage: webStorage(), onSignedOut() {}, onOutdated: (error) => error.title })

export async function compiles(file: File, id: string | undefined) {
  const report = await client.representative_import({ id: 'a', file, term_id: id })
  const page = await client.meeting_list({ id: 'a', state: 'planned' })
  const next: string | null | undefined = page.next_cursor
  const drawing: string = (await client.code_svg({ id: 'a' }, { token: 't' })).text
  new Blob([(await client.code_png({ id: 'a' })).bytes])
  await client.my_sitting_list()
  await client.meeting_create({ id: 'a', body: { kind: 'plenary', title: 't' } as never }, { idempotencyKey: 'k', signal: new AbortController().signal })
  let board: LiveBoard | undefined
  client.live('a', { token: 't', onBoard: (now) => { board = now }, onState: (state, error) => [state, error && error.code] })
  client.session.subscribe((session) => session.account && session.account.name)
  client.language = 'en'
  return [report, next, drawing, board]
}

/** The union is closed: a switch over it can be complete. */
export function isMine(code: ErrorCode): boolean {
  switch (code) {
    case 'not_logged_in':
      return true
    default:
      return false
  }
}

export async function doesNotCompile() {
  // @ts-expect-error a path is for mini-programs only when it is an object
  await client.representative_import({ id: 'a', file: 'roster.csv' })
  // @ts-expect-error an upload has no body
  await client.representative_import({ id: 'a', body: {} })
  // @ts-expect-error the answer is a file
  await client.attendance_csv({ id: 'a' }).then((answer) => answer.text)
  // @ts-expect-error a parameter that must be a number
  await client.my_sitting_list({ limit: 'many' })
  // @ts-expect-error errors are made by the client
  new ApiError()
  // @ts-expect-error the language is a text
  client.language = 1
}
