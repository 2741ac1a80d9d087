// Proposals made and moved through the API, so that a page can be opened in the middle of the way of one.

const DAY_MS = 86_400_000
const POLL_MS = 50

export const TITLE = '关于增加老旧小区电动自行车充电设施的建议'
const TEXT = { kind: 'suggestion', title: TITLE, body: '近年来电动自行车保有量快速增长，老旧小区充电难、飞线充电问题突出，建议三年内建设集中充电设施。' }

/** The staff who move proposals, logged in once; `author` is a representative's access token. */
export async function desk(server, author) {
  const [liaison, supervisor, handler] = await Promise.all(['liaison', 'supervisor', 'handler'].map((role) => server.asStaff(role)))
  const seat = (await server.call('GET', '/me/seats', { token: author })).items[0]
  const congress = seat.congress_id
  const units = (await server.call('GET', `/congresses/${congress}/organisations`, { token: liaison })).items
  // The first handler of the demo works for the first of its units.
  const unit = units.find((one) => one.short_name === '市住建局')
  const category = await server.call('POST', `/congresses/${congress}/categories`, { token: liaison, body: { name: '城建交通' }, key: 'category' })
  let made = 0

  const post = (token, where, body = {}) => server.call('POST', where, { token, body, key: `${where}-${(made += 1)}` })
  const get = (token, id) => server.call('GET', `/proposals/${id}`, { token })
  const partOf = async (id) => (await get(handler, id)).handlings.find((one) => one.organisation_id === unit.id)

  async function submitted(text = {}) {
    const { id } = await post(author, `/congresses/${congress}/proposals`, { ...TEXT, ...text })
    await post(author, `/proposals/${id}/submit`)
    return id
  }

  async function assigned(text, co = false) {
    const id = await submitted(text)
    await post(liaison, `/proposals/${id}/register`)
    await post(liaison, `/proposals/${id}/classify`, { category_id: category.id })
    const other = units.find((one) => one.id !== unit.id)
    const plan = co ? { lead_organisation_id: other.id, co_organisation_ids: [unit.id] } : { lead_organisation_id: unit.id, co_organisation_ids: [] }
    await post(liaison, `/proposals/${id}/assign`, plan)
    return id
  }

  async function signedFor(text) {
    const id = await assigned(text)
    await post(handler, '/me/proposal_inbox/sign_for', { handling_ids: [(await partOf(id)).id] })
    return id
  }

  const offer = async (id, slots) => post(handler, `/handlings/${(await partOf(id)).id}/consultations`, { place: '市住建局三楼会议室', slots })

  /** Held and written down by the handler; the author has yet to confirm. The server takes the notes once the time has come. */
  async function held(text) {
    const id = await signedFor(text)
    const slot = new Date(Date.now() + 2000).toISOString()
    const talk = await offer(id, [slot])
    await post(author, `/consultations/${talk.id}/choose`, { slot })
    while (Date.now() < Date.parse(slot)) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    await post(handler, `/consultations/${talk.id}/confirm`, { notes: '代表同意先在三个小区试点。' })
    return id
  }

  /** What follows once both sides have confirmed: a reply, passed by both reviews. */
  async function reply(id) {
    const part = (await partOf(id)).id
    const body = { class: 'a', body: '您提出的建议收悉。经研究，三个小区的充电棚已经建成。', contact_name: '李工', contact_phone: '0571-8770 0000' }
    await server.call('PUT', `/handlings/${part}/reply`, { token: handler, body })
    await post(handler, `/handlings/${part}/reply/submit`)
    await post(supervisor, `/handlings/${part}/reply/review`, { decision: 'pass' })
    await post(liaison, `/handlings/${part}/reply/review`, { decision: 'pass' })
  }

  const inDays = (days) => new Date(Date.now() + days * DAY_MS)
  return { congress, seat, get: (id) => get(author, id), submitted, assigned, signedFor, offer, held, reply, inDays, handlerToken: handler }
}
