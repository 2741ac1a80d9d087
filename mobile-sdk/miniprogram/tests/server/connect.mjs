// The same demo server, from another process of the test run.

import { ask, demo } from './demo.mjs'

export async function connect(url) {
  const { text } = await ask(`${url}/api/v1/demo/accounts`)
  return demo(url, JSON.parse(text).items, async () => {})
}
