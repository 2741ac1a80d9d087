// Who is logged in: keeps the tokens, and refreshes them once however many requests find them expired.

import { ApiError, isUndecided, StorageError } from './errors.js'
import type { ClientStorage, Transport } from './transport.js'
import type { Schemas } from './types.js'

type Tokens = Schemas['Tokens']

/** The person or gate that is logged in. */
export type Account = Pick<Tokens, 'account_id' | 'session_id' | 'name' | 'roles'>

interface Held extends Account {
  access_token: string
  refresh_token: string
  /** On this device's clock. */
  expires_at_ms: number
}

const KEY = 'tokens'
/** A token is not sent in its last seconds: it would expire on the way. */
const MARGIN_MS = 10_000

/** Longer than a browser takes to tell its tabs of a change, and than an old refresh token may still be sent. */
const HOLD_MS = 60_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** What an application sees of the session. */
export interface Session {
  readonly signedIn: boolean
  readonly account: Account | undefined
  /** Calls back after every log-in, log-out and refresh; returns how to stop that. */
  subscribe(listener: (session: Session) => void): () => void
  /** Forgets the tokens on this device. `client.auth_logout()` also ends the session on the server. */
  clear(): void
}

export class SessionKeeper implements Session {
  private listeners: ((session: Session) => void)[] = []
  private refreshing: Promise<void> | undefined
  /** What the store would not take: lives until the program ends. */
  private unsaved: string | undefined
  private wasSignedIn: boolean
  private parsed: { text: string; held: Held } | undefined

  constructor(
    private readonly storage: ClientStorage,
    private readonly transport: Transport,
    private readonly sendRefresh: (refreshToken: string) => Promise<Tokens>,
    private readonly onSignedOut: () => void,
  ) {
    if (storage.watch) {
      storage.watch(() => {
        const before = this.wasSignedIn
        this.tell()
        if (before && !this.signedIn) this.onSignedOut()
      })
    }
    this.wasSignedIn = this.signedIn
  }

  get signedIn(): boolean {
    return this.held() !== undefined
  }

  get account(): Account | undefined {
    const held = this.held()
    return held && { account_id: held.account_id, session_id: held.session_id, name: held.name, roles: held.roles }
  }

  subscribe(listener: (session: Session) => void): () => void {
    this.listeners.push(listener)
    return () => { this.listeners = this.listeners.filter((one) => one !== listener) }
  }

  clear(): void {
    this.unsaved = undefined
    this.storage.remove(KEY)
    this.tell()
  }

  /** Keeps what a log-in or a refresh brought. */
  keep(tokens: Tokens): void {
    const held: Held = {
      account_id: tokens.account_id, session_id: tokens.session_id, name: tokens.name, roles: tokens.roles,
      access_token: tokens.access_token, refresh_token: tokens.refresh_token,
      expires_at_ms: Date.now() + tokens.access_expires_in_s * 1000,
    }
    const text = JSON.stringify(held)
    this.unsaved = undefined
    try {
      this.storage.set(KEY, text)
    } catch {
      // An old refresh token must not come back after a restart: to the server that looks like theft.
      this.storage.remove(KEY)
      this.unsaved = text
    }
    this.tell()
  }

  /** A token that can be sent now. */
  async token(): Promise<string> {
    const held = this.mustHold()
    if (held.expires_at_ms - MARGIN_MS > Date.now()) return held.access_token
    await this.refresh(held.access_token)
    return this.mustHold().access_token
  }

  /** Replaces the token `used`, which the server refused, unless that has happened already. */
  refresh(used: string): Promise<void> {
    if (!this.refreshing) {
      const done = () => { this.refreshing = undefined }
      this.refreshing = this.transport.lock ? this.refreshAmongTabs(used, this.transport.lock) : this.refreshOnce(used)
      this.refreshing.then(done, done)
    }
    return this.refreshing
  }

  async refreshNow(): Promise<void> {
    await this.refresh(this.mustHold().access_token)
  }

  /** The server ended the session of the token `used`. */
  ended(used: string): void {
    const held = this.held()
    if (!held || held.access_token !== used) return
    this.clear()
    this.onSignedOut()
  }

  /**
   * The first tab to take the lock of a refresh token spends it, and holds the lock on: a browser tells other tabs late of what
   * was stored, and one that still sees the spent token must not send it. They wait until they see the new one.
   */
  private async refreshAmongTabs(used: string, lock: NonNullable<Transport['lock']>): Promise<void> {
    const held = this.mustHold()
    let over = held.access_token !== used
    let failure: unknown
    if (over) return
    lock('lvzhi.refresh.' + held.refresh_token.slice(-16), async () => {
      if (over) return
      await this.refreshOnce(used)
      over = true
      await pause(HOLD_MS)
    }).catch((error) => {
      failure = error
      over = true
    })
    while (!over) {
      const now = this.held()
      if (!now || now.access_token !== used) over = true
      else await pause(20)
    }
    if (failure) throw failure
  }

  private async refreshOnce(used: string): Promise<void> {
    const held = this.mustHold()
    if (held.access_token !== used) return // Another tab was faster.
    try {
      const tokens = await this.sendRefresh(held.refresh_token)
      const now = this.held()
      // Whoever logged out or in meanwhile is not to be overruled.
      if (now && now.refresh_token === held.refresh_token) this.keep(tokens)
    } catch (error) {
      if (error instanceof ApiError && !isUndecided(error)) this.ended(used)
      throw error
    }
  }

  private mustHold(): Held {
    const held = this.held()
    if (!held) throw new ApiError(401, { code: 'not_logged_in' })
    return held
  }

  /** Read again each time: another tab may have changed it. */
  private held(): Held | undefined {
    const text = this.unsaved || this.storage.get(KEY)
    if (!text) return undefined
    if (!this.parsed || this.parsed.text !== text) {
      try {
        this.parsed = { text, held: JSON.parse(text) as Held }
      } catch {
        return undefined
      }
    }
    return this.parsed.held
  }

  private tell(): void {
    this.wasSignedIn = this.signedIn
    for (const listener of this.listeners) listener(this)
  }
}

/** Keeps a text or says in our own words that there is no room. */
export function keepOrThrow(storage: ClientStorage, key: string, value: string): void {
  try {
    storage.set(key, value)
  } catch (error) {
    throw new StorageError('storage_full', error)
  }
}
