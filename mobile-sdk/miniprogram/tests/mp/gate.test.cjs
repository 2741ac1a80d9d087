// A staff phone as a gate on the built mini-program: enrolled by the office's link, judges codes offline, queues, syncs; bad input on the way.

const assert = require('node:assert/strict')
const { generateKeyPairSync, sign } = require('node:crypto')
const test = require('node:test')

const b64 = (bytes) => Buffer.from(bytes).toString('base64url')

/** A representative's phone, written from the contract alone: no code of ours. */
function representativePhone() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    deviceKey: b64(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
    code(credential, ms, key = privateKey) {
      const bytes = Buffer.from(credential, 'base64url')
      const step = Buffer.alloc(4)
      step.writeUInt32BE(Math.floor(ms / 15_000))
      const proof = sign(null, Buffer.concat([Buffer.from('lvzhi-proof-v1\0'), bytes.subarray(1, 17), step]), key)
      return `LZ1.${credential}.${b64(Buffer.concat([step, proof]))}`
    },
  }
}

test('gate', async (t) => {
  const { connect } = await import('../server/connect.mjs')
  const server = await connect(process.env.LVZHI_TEST_SERVER)
  const clerk = await server.asClerk()
  const congress = (await server.call('GET', '/me', { token: clerk })).roles[0].congress_id
  const third = server.representatives[2]
  const hers = representativePhone()
  const token = await server.asPhone(third.phone)
  const { credential } = await server.call('POST', '/me/credential', { token, body: { device_key: hers.deviceKey }, key: 'credential-of-a-test' })
  const made = await server.call('POST', `/congresses/${congress}/gates`, { token: clerk, body: { name: '南门签到点' }, key: 'gate-of-a-test' })
  const { createPhone } = require('./phone.cjs')
  const phone = createPhone({ server: server.url, host: 'lvzhi.example.gov.cn' })
  const sent = (path) => phone.state.requests.filter((one) => one.path.endsWith(path))
  const show = async (text) => {
    const camera = await phone.until('the camera', () => phone.parts('lv-camera-view')[0])
    await phone.act(camera, 'scancode', { result: text, type: 'QR_CODE' })
  }
  const verdict = () => phone.until('a verdict', () => phone.parts('gate-verdict')[0])
  const attendance = async () => (await server.call('GET', `/sittings/${server.sittingId}/attendance?q=${encodeURIComponent(third.name)}`, { token: clerk })).items[0]

  await t.test('a full store does not use up the one-time code', async () => {
    phone.state.full = true
    await phone.open('gate/enrol/index', { q: encodeURIComponent(made.enrol_link) })
    await phone.sees('无法保存签到点密钥')
    assert.equal(sent('/gates/enrol').length, 0)
    phone.state.full = false
  })

  await t.test('the scanned link enrols the phone; its secret stays on it', async () => {
    await phone.tap('启用')
    await phone.sees('选择场次')
    assert.equal(sent('/gates/enrol')[0].status, 200)
    const { secret } = JSON.parse(JSON.parse(phone.store.get('lvzhi-app.gate')))
    assert.equal(secret.length, 43)
    assert.ok(!JSON.stringify(phone.state.requests).includes(secret))
  })

  await t.test('the hall’s code chooses the sitting; the signed roster comes on board', async () => {
    phone.state.scans.push((await server.hallCode()).link)
    await phone.tap('扫描大屏幕上的签到码选择场次')
    await phone.sees('名单已更新')
  })

  await t.test('offline: green with name and seat, once; foreign, forged and old codes are red', async () => {
    await phone.tap('开始扫码')
    phone.setNetwork(false)
    const before = phone.state.requests.length
    const code = hers.code(credential, Date.now())
    await show(code)
    const green = await verdict()
    assert.ok(green.className.includes('--pass'))
    assert.ok(green.textContent.includes(third.name) && green.textContent.includes('座'), green.textContent)
    assert.deepEqual([phone.state.sounds.at(-1), phone.state.vibrations.at(-1)], ['/static/pass.wav', 'short'])
    await phone.sees('待上传 1 条')
    // The camera reads the same picture again and again.
    await show(code)
    await show(code)
    await phone.sees('待上传 1 条')

    for (const [text, words, waiting] of [
      ['https://example.com/', '不是代表码', 1],
      [code.slice(0, 30) + (code[30] === 'A' ? 'B' : 'A') + code.slice(31), '不是本平台签发的', 2],
      [hers.code(credential, Date.now(), generateKeyPairSync('ed25519').privateKey), '不是本人手机', 3],
      [hers.code(credential, Date.now() - 45_000), '疑似截图', 4],
    ]) {
      await show(text)
      const red = await phone.until(words, () => phone.parts('gate-verdict').find((one) => one.className.includes('--stop') && one.textContent.includes(words)))
      assert.ok(red)
      assert.deepEqual([phone.state.sounds.at(-1), phone.state.vibrations.at(-1)], ['/static/stop.wav', 'long'])
      await phone.tap('下一位')
      await phone.sees(`待上传 ${waiting} 条`)
    }
    assert.equal(phone.state.requests.length, before, 'nothing was asked of the network')
    assert.equal((await attendance()).at ?? null, null)
  })

  await t.test('a full store says that the scan was not kept', async () => {
    phone.state.full = true
    await show(hers.code(credential, Date.now() + 15_000))
    await phone.sees('这次扫码没有保存')
    phone.state.full = false
    await phone.sees('待上传 4 条')
  })

  await t.test('what waits survives a killed app', async () => {
    await phone.restart()
    await phone.open('gate/desk/index')
    await phone.sees('4 条')
    await phone.sees('已放行1 人')
  })

  // Either the queue's own next try or the button uploads, whichever comes first.
  const everythingUploaded = () =>
    phone.until('that nothing waits', () => {
      if (phone.text().includes('待上传0 条')) return true
      const button = phone.parts('lv-button').find((one) => one.textContent.trim().startsWith('立即上传') && !one.className.endsWith('--off'))
      if (button) void phone.act(button, 'tap')
      return false
    })

  await t.test('with the network back each scan gets its outcome, once', async () => {
    phone.setNetwork(true)
    await everythingUploaded()
    const [upload] = sent('/gate_events').filter((one) => one.status === 200)
    assert.equal(upload.data.events.length, 4)
    assert.equal(new Set(upload.data.events.map((one) => one.seq)).size, 4)
    await phone.tap('扫码记录')
    const rows = await phone.until('the outcomes', () => {
      const found = phone.parts('gate-row').map((one) => one.textContent)
      return found.length === 4 && !found.some((one) => one.includes('待上传')) && found
    })
    assert.ok(rows.at(-1).includes(third.name) && rows.at(-1).includes('请进'), rows.at(-1))
    assert.ok(rows.some((one) => one.includes('不是本人手机')) && rows.some((one) => one.includes('疑似截图')) && rows.some((one) => one.includes('不是本平台签发的')), rows.join('\n'))
    const held = await attendance()
    assert.equal(held.method, 'gate')
  })

  await t.test('a lost answer is asked for again and changes nothing', async () => {
    await phone.open('gate/scan/index')
    await phone.until('the camera', () => phone.parts('lv-camera-view')[0])
    phone.loseAnswers(true)
    await show(hers.code(credential, Date.now()))
    const again = await verdict()
    assert.ok(again.textContent.includes('已签到'))
    await phone.until('a lost upload', () => sent('/gate_events').filter((one) => one.status === 200).length >= 2)
    phone.loseAnswers(false)
    await phone.open('gate/events/index')
    await everythingUploaded()
    await phone.until('the outcome', () => phone.parts('gate-row')[0]?.textContent.includes('已签到'))
    assert.equal((await attendance()).method, 'gate')
  })

  assert.deepEqual(phone.state.complaints, [])
})
