// The two clients of this phone: the person's, and the one of the gate this phone may have become.

import { reactive, watchEffect } from 'vue'
import { createClient, type Client } from '@lvzhi/client'
// #ifdef H5
import { fetchTransport, webStorage } from '@lvzhi/client/web'
// #endif
// #ifdef MP-WEIXIN
import { wxStorage, wxTransport } from '@lvzhi/client/wx'
// #endif
import { app } from './app'
import { settings } from './settings'

function surroundings() {
  // #ifdef H5
  return { baseUrl: '', transport: fetchTransport(), storage: webStorage(), gateStorage: webStorage({ prefix: 'lvzhi-gate.' }) }
  // #endif
  // #ifdef MP-WEIXIN
  return {
    baseUrl: import.meta.env.VITE_LVZHI_BASE_URL || 'https://lvzhi.example.gov.cn',
    transport: wxTransport(),
    storage: wxStorage(),
    gateStorage: wxStorage({ prefix: 'lvzhi-gate.' }),
  }
  // #endif
}

const { baseUrl, transport, storage, gateStorage } = surroundings()

/** Who is logged in, for templates. */
export const person = reactive({ signedIn: false, name: '', accountId: '', ended: false })

/** What the server did to this phone's gate. */
export const gatePresence = reactive({ revoked: false })

function onOutdated(): void {
  app.outdated = true
}

export const client: Client = createClient({
  baseUrl,
  transport,
  storage,
  onOutdated,
  onSignedOut: () => {
    person.ended = true
  },
})

/** A gate's tokens and its queue lie apart from the person's, so that logging out does not lose what the gate saw. */
export const gateClient: Client = createClient({
  baseUrl,
  transport,
  storage: gateStorage,
  onOutdated,
  onSignedOut: () => {
    gatePresence.revoked = true
  },
})

watchEffect(() => {
  client.language = settings.language
  gateClient.language = settings.language
})

function follow(): void {
  const account = client.session.account
  person.signedIn = Boolean(account)
  person.name = account?.name ?? ''
  person.accountId = account?.account_id ?? ''
  if (account) person.ended = false
}
client.session.subscribe(follow)
follow()
