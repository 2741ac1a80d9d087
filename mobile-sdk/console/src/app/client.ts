// The one client of the console, and the rule for a session that ends while somebody works.
import { ApiError, createClient } from '@lvzhi/client'
import { fetchTransport, webStorage } from '@lvzhi/client/web'

export const client = createClient({
  baseUrl: '',
  transport: fetchTransport(),
  // The representatives' pages of the same host keep a log-in of their own.
  storage: webStorage({ prefix: 'lvzhi.console.' }),
  language: 'zh-CN',
  onOutdated: () => { void import('./session').then((module) => { module.session.outdated = true }) }
})

/** True when the error means that nobody is logged in any more; a wrong password on the account page is no such thing. */
export function hasEnded(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401 && !client.session.signedIn
}

/**
 * Runs a call of the API for a page. If the session has ended, the log-in dialog opens over the page and the call is
 * repeated afterwards: a form that was being filled in loses nothing. The repeated call is a new one, and safe: the
 * server refused the first before it did anything.
 */
export async function ask<T>(call: () => Promise<T>): Promise<T> {
  const session = await import('./session')
  for (;;) {
    try {
      return await call()
    } catch (error) {
      if (hasEnded(error)) {
        await session.expire()
        continue
      }
      if (error instanceof ApiError && error.code === 'second_factor_missing') session.session.needsSecondFactor = true
      throw error
    }
  }
}

/** The whole of a list that comes page by page. */
export function collect<T>(list: () => AsyncIterable<T>): Promise<T[]> {
  return ask(async () => {
    const all: T[] = []
    for await (const one of list()) all.push(one)
    return all
  })
}

