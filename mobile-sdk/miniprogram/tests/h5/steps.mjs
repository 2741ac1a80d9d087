// What a person does on more than one page: log in by SMS or by password, and where pages are.

export const at = (world, path) => `${world.h5.url}/#${path}`

/** On the log-in page: number, consent, code. */
export async function logInBySms(world, page, phone) {
  const seen = await world.server.seen()
  await page.fill('#phone', phone)
  if ((await page.getByRole('checkbox').getAttribute('aria-checked')) !== 'true') await page.getByRole('checkbox').click()
  const send = page.locator('.login-send button')
  await send.click()
  await page.getByText(/验证码已发送|频繁|稍后|秒/).first().waitFor()
  if (!(await page.getByText('验证码已发送').count())) {
    // Two log-ins of one person within a minute: the page counts down, and so do we.
    await page.getByRole('button', { name: '获取验证码' }).waitFor({ timeout: 65_000 })
    await send.click()
  }
  await page.fill('#code', await world.server.smsCode(phone, seen))
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

export async function logInByPassword(world, page, account) {
  await page.getByRole('radio', { name: '工作人员账号' }).click()
  await page.fill('#login', account.login)
  await page.fill('#password', account.password)
  await page.fill('#totp', await world.server.totp(account.totp_secret))
  if ((await page.getByRole('checkbox').getAttribute('aria-checked')) !== 'true') await page.getByRole('checkbox').click()
  await page.getByRole('button', { name: '登录', exact: true }).click()
}

/** Keeps a log-in for the next part: a number gets one code a minute. */
export async function keep(world, name, page) {
  world.states ??= {}
  world.states[name] = await page.context().storageState()
}

/** Opens the log-in page and comes back to the home page as this person. */
export async function enter(world, page, log, account) {
  await page.goto(at(world, '/pages/home/index'))
  await page.getByRole('button', { name: /^登录/ }).click()
  await log(world, page, log === logInBySms ? account.phone : account)
  await page.locator('.home-greet', { hasText: account.name.split(' ').pop() }).waitFor()
}
