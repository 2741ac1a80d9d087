// What others do to a proposal while a walk looks at one desk: the author, the staff and the reviewers, through the API.
import { randomUUID } from 'node:crypto'
import { Phone } from './hands.mjs'
import { freshCode } from './stage.mjs'

/** Somebody of the staff at the API. */
class Officer extends Phone {
  async logIn({ login, password, totp_secret }) {
    const tokens = await this.call('POST', '/auth/password', { login, password, totp_code: await freshCode(totp_secret, login), device_id: this.device, device_name: 'officer of the walk' })
    this.token = tokens.access_token
    return this
  }
}

const key = () => ({ 'idempotency-key': randomUUID() })

export class Proposals {
  static async of(stage) {
    const made = new Proposals()
    for (const role of ['clerk', 'liaison', 'supervisor', 'handler']) made[role] = await new Officer(stage.base, role).logIn(stage.account(role))
    // The last of the list: the first ones sign in to sittings elsewhere.
    const representatives = stage.accounts.filter((one) => one.role === 'representative' && one.phone)
    made.author = await new Phone(stage.base, representatives.at(-1).phone).logIn()
    made.congress = (await made.clerk.call('GET', '/me')).roles[0].congress_id
    const organisations = (await made.clerk.call('GET', `/congresses/${made.congress}/organisations`)).items
    made.unit = (name) => organisations.find((one) => one.name.includes(name) || one.short_name.includes(name))
    made.category = (await made.liaison.call('POST', `/congresses/${made.congress}/categories`, { name: '城建交通' })).id
    return made
  }

  /** A proposal that was made, registered, classified and assigned. */
  async assigned(title, lead, co = []) {
    const body = { kind: 'suggestion', title, body: '近年来电动自行车保有量快速增长，老旧小区充电难、飞线充电问题突出，存在消防隐患。建议统筹选址，分期建设。' }
    const { id } = await this.author.call('POST', `/congresses/${this.congress}/proposals`, body, key())
    await this.author.call('POST', `/proposals/${id}/submit`, {})
    await this.clerk.call('POST', `/proposals/${id}/register`, {})
    await this.clerk.call('POST', `/proposals/${id}/classify`, { category_id: this.category })
    await this.clerk.call('POST', `/proposals/${id}/assign`, { lead_organisation_id: this.unit(lead).id, co_organisation_ids: co.map((one) => this.unit(one).id) })
    return id
  }

  seen(id) {
    return this.clerk.call('GET', `/proposals/${id}`)
  }

  async part(id, unit) {
    return (await this.seen(id)).handlings.find((one) => one.organisation_id === this.unit(unit).id)
  }

  /** The handler offers a time that is nearly here, and the author takes it. */
  async meetsSoon(id, unit) {
    const slot = new Date(Date.now() + 3000).toISOString()
    const talk = await this.handler.call('POST', `/handlings/${(await this.part(id, unit)).id}/consultations`, { place: '市住建局三楼会议室', slots: [slot] }, key())
    await this.author.call('POST', `/consultations/${talk.id}/choose`, { slot: talk.slots[0] })
    return talk.id
  }

  /** Passed by both reviews, and graded by the author. */
  async passedAndGraded(id, unit, grade = 'satisfied') {
    const part = (await this.part(id, unit)).id
    await this.supervisor.call('POST', `/handlings/${part}/reply/review`, { decision: 'pass' })
    await this.liaison.call('POST', `/handlings/${part}/reply/review`, { decision: 'pass' })
    await this.author.call('POST', `/handlings/${part}/grade`, { grade })
  }

  /** Sent back by the committee. */
  async returned(id, unit, note) {
    await this.supervisor.call('POST', `/handlings/${(await this.part(id, unit)).id}/reply/review`, { decision: 'return', note })
  }
}
