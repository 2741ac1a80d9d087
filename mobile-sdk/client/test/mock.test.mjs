// The mock of the README answers the client from the contract, so that nobody needs Rust to begin.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createClient } from '@lvzhi/client'
import { fetchTransport } from '@lvzhi/client/web'

test('npm run mock', async (t) => {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const prism = spawn(process.execPath, ['node_modules/.bin/prism', 'mock', '../../openapi/openapi.json', '--port', '0'], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => prism.kill('SIGKILL'))
  let log = ''
  const baseUrl = await new Promise((found, fail) => {
    const read = (text) => {
      log += text
      const address = /listening on (http:\S+)/.exec(log)
      if (address) found(address[1])
    }
    prism.stdout.on('data', read)
    prism.stderr.on('data', read)
    prism.on('exit', () => fail(new Error(log)))
  })
  const client = createClient({ baseUrl, transport: fetchTransport() })
  const { access_token } = await client.auth_sms({ body: { phone: '13800001234', code: '123456', device_id: 'd', device_name: 'd' } })
  assert.ok(access_token)
  const id = '01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42'
  const sittings = []
  for await (const sitting of client.each.my_sitting_list()) sittings.push(sitting)
  assert.equal(sittings[0].sitting_id, id)
  const done = await client.check_in_create({ id, body: { kind: 'typed_code', code: '402817' } })
  assert.equal(done.in_room, true)
  await assert.rejects(client.check_in_create({ id, body: { kind: 'face', code: '1' } }), { status: 422 })
})
