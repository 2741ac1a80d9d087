// Walks through a whole sign-in in a real browser against a real server: the hall screen on one side, phones on the other.
//
//   LVZHI_BIN=target/debug/lvzhi node tests/browser/walk.mjs
//
// Prints one line per check and "N passed, N failed"; pictures are left in target/screens.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const { chromium } = createRequire(new URL('../tools/package.json', import.meta.url))('playwright-core');

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = path.resolve(root, process.env.LVZHI_BIN || 'target/debug/lvzhi');
const screens = path.join(root, 'target/screens');
const run = promisify(execFile);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// ---- counting ----

let passed = 0;
let failed = 0;

function check(name, good, detail) {
  if (good) passed += 1;
  else failed += 1;
  console.log(`${good ? 'ok' : 'not ok'} - ${name}${!good && detail !== undefined ? `: ${detail}` : ''}`);
  return good;
}

/** A part of the walk; when it breaks off, that is one failed check and the next part still runs. */
async function part(name, work) {
  try {
    await work();
  } catch (error) {
    check(name, false, String(error.message || error).split('\n').slice(0, 3).join(' '));
  }
}

// ---- the server ----

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const data = await mkdtemp(path.join(tmpdir(), 'lvzhi-walk-'));
// A developer's own settings must not reach the server under test.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LVZHI_')));
Object.assign(env, { LVZHI_LISTEN: `127.0.0.1:${port}`, LVZHI_DATA_DIR: data, LVZHI_PUBLIC_URL: base });

let output = '';
const server = spawn(bin, ['serve', '--demo'], { env, cwd: data, stdio: ['ignore', 'pipe', 'pipe'] });
const gone = new Promise((resolve) => {
  server.on('exit', resolve);
  server.on('error', (error) => {
    output += String(error);
    resolve(-1);
  });
});
for (const stream of [server.stdout, server.stderr]) {
  stream.on('data', (bytes) => {
    output = (output + bytes).slice(-20000);
  });
}

let browser = null;

async function stop() {
  if (browser) await browser.close().catch(() => {});
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), 8000);
  await gone;
  clearTimeout(timer);
  await rm(data, { recursive: true, force: true });
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await stop();
    process.exit(130);
  });
}

async function ready() {
  const until = Date.now() + 60000;
  while (Date.now() < until && server.exitCode === null && server.pid) {
    const answer = await fetch(`${base}/readyz`).catch(() => null);
    if (answer && answer.ok) return true;
    await sleep(100);
  }
  return false;
}

async function getJson(where, token) {
  const answer = await fetch(`${base}/api/v1${where}`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  if (!answer.ok) throw new Error(`GET ${where} answered ${answer.status}`);
  return answer.json();
}

/** The newest SMS code sent to a phone after `since` (server's time, read from the demo's message list). */
async function smsCode(phone, seen) {
  for (let tries = 0; tries < 50; tries += 1) {
    const { items } = await getJson('/demo/messages');
    const fresh = items.filter((one) => one.to.slice(-4) === phone.slice(-4) && !seen.has(one.at + one.text)).sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
    const found = fresh.length && /\d{6}/.exec(fresh[0].text);
    if (found) return found[0];
    await sleep(100);
  }
  throw new Error(`no SMS code for ${phone}`);
}

async function seenMessages() {
  return new Set((await getJson('/demo/messages')).items.map((one) => one.at + one.text));
}

// ---- the browser ----

const foreign = [];
const refused = [];
const broken = [];

async function context(options) {
  const made = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', ...options });
  made.setDefaultTimeout(15000);
  made.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && host !== `127.0.0.1:${port}`) foreign.push(request.url());
  });
  made.on('console', (message) => {
    if (/Content Security Policy|Content-Security-Policy/.test(message.text())) refused.push(message.text());
  });
  made.on('weberror', (error) => broken.push(String(error.error().stack || error.error())));
  return made;
}

const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

async function picture(page, name, options) {
  await page.screenshot({ path: path.join(screens, `${name}.png`), ...options });
}

const number = async (page, id) => Number(/^\d+/.exec(await page.locator(id).innerText())?.[0]);

/** Milliseconds until `page` shows it, or null after two seconds. */
async function shownWithin(page, since, test, argument) {
  try {
    await page.waitForFunction(test, argument, { timeout: 2000, polling: 20 });
    return Date.now() - since;
  } catch {
    return null;
  }
}

const presentIs = (wanted) => parseInt(document.querySelector('#present').textContent, 10) === wanted;

/** When the server has answered the sign-in, so that the hall's delay is counted from there. */
function answered(page, tail) {
  return page.waitForResponse((answer) => answer.url().endsWith(tail) && answer.request().method() === 'POST').then(async (answer) => ({ status: answer.status(), at: Date.now() }));
}

async function logIn(page, phone) {
  const seen = await seenMessages();
  await page.fill('#phone', phone);
  await page.check('#consent');
  await page.click('#send');
  await page.fill('#code', await smsCode(phone, seen));
}

/** On /c: picks the hall's sitting if several are open, and waits for what comes then. */
async function chooseSitting(page, hall, then) {
  await page.locator(`${then}, .choice`).first().waitFor();
  if (await page.locator('.choice').count()) {
    await page.locator('.choice button', { hasText: await hall.locator('#sitting').innerText() }).first().click();
    await page.locator(then).waitFor();
  }
}

/** Everything a finger must hit: too small ones, and whether the page is wider than the phone. */
function fingers() {
  const small = Array.from(document.querySelectorAll('button, a, .check, summary, .input'))
    .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 48)
    .map((node) => node.textContent || node.id);
  return { small, wide: document.documentElement.scrollWidth - document.documentElement.clientWidth };
}

/** Parts of the hall screen that reach below their place. */
function cutOff() {
  const edge = document.querySelector('.ticker').getBoundingClientRect().top;
  return Array.from(document.querySelectorAll('.hall-left > *, .hall-right > *'))
    .filter((node) => node.getBoundingClientRect().bottom > edge + 1)
    .map((node) => node.id || node.className);
}

async function walk() {
  const accounts = JSON.parse((await run(bin, ['demo', '--accounts'], { env, cwd: data })).stdout);
  const representatives = accounts.filter((one) => one.role === 'representative' && one.phone);
  const screen = accounts.find((one) => one.role === 'screen');
  check('the demo has two representatives with a phone and a hall screen', representatives.length >= 2 && screen && screen.url, JSON.stringify(accounts.map((one) => one.role)));
  const token = decodeURIComponent(/token=([^&]+)/.exec(screen.url)[1]);
  const screenUrl = screen.url.replace(/^https?:\/\/[^/]+/, base);
  const codeNow = () => getJson(`/sittings/${screen.sitting_id}/code`, token);

  await part('front door', async () => {
    const page = await (await context({ viewport: { width: 1280, height: 900 } })).newPage();
    await page.goto(`${base}/`);
    check('the front door names the platform', (await page.locator('h1').innerText()) === '人大代表履职平台');
    await page.locator('#demo').waitFor();
    await page.locator('#messages li').first().waitFor();
    const listed = await page.locator('#accounts').innerText();
    check('the front door lists the demo accounts', listed.includes(representatives[0].phone), listed.slice(0, 80));
    check('the front door opens the demo screen', (await page.locator('#hall-link').getAttribute('href')).includes('/screen/'));
    await picture(page, 'index', { fullPage: true });
    await page.context().close();
  });

  const hallContext = await context({ viewport: { width: 1920, height: 1080 } });
  const hall = await hallContext.newPage();
  let link = '';

  await part('hall screen', async () => {
    await hall.goto(screenUrl);
    await hall.locator('#qr').waitFor();
    await hall.waitForFunction(() => /\d/.test(document.querySelector('#present').textContent));
    check('the token has left the address bar', !hall.url().includes('token'), hall.url());
    check('the hall shows the meeting', (await hall.locator('#meeting').innerText()).trim().length > 3);
    check('the hall says 签到中', (await hall.locator('#state').innerText()) === '签到中');
    check('the typed code is grouped 3+3', /^\d{3}\s*\d{3}$/.test((await hall.locator('#typed').innerText()).trim()), await hall.locator('#typed').innerText());
    check('the quorum is put into words', /已达法定人数|距法定人数还差 \d+ 人|不设法定人数/.test(await hall.locator('#quorum-words').innerText()));
    const cut = await hall.evaluate(cutOff);
    check('nothing is cut off on the hall screen', cut.length === 0, cut);
    await picture(hall, 'hall');
    const read = (await run('zbarimg', ['-q', '--raw', path.join(screens, 'hall.png')])).stdout.trim();
    link = read.split('\n')[0];
    const expected = (await codeNow()).link;
    check('the QR code on the picture is a sign-in link of this server', link.startsWith(`${base}/c/`) && link.length === expected.length, `${read} is not like ${expected}`);
  });

  for (const [width, height] of [[1280, 720], [1440, 900]]) {
    await part(`hall screen at ${width}×${height}`, async () => {
      const page = await (await context({ viewport: { width, height } })).newPage();
      await page.goto(screenUrl);
      await page.locator('#qr').waitFor();
      await page.waitForFunction(() => /\d/.test(document.querySelector('#present').textContent));
      const cut = await page.evaluate(cutOff);
      check(`everything fits at ${width}×${height}`, cut.length === 0 && (await page.evaluate(() => document.documentElement.scrollWidth)) <= width, cut);
      await page.context().close();
    });
  }

  const first = representatives[0];
  const phone = await (await context(PHONE)).newPage();
  let before = await number(hall, '#present');

  await part('first phone', async () => {
    await phone.goto((await codeNow()).link);
    await phone.locator('#phone').waitFor();
    check('the scanned link shows the meeting before log-in', (await phone.locator('.sitting h1').innerText()).length > 3);
    let sent = 0;
    phone.on('request', (request) => { if (request.url().endsWith('/auth/sms_codes')) sent += 1; });
    await phone.fill('#phone', first.phone);
    await phone.click('#send');
    await phone.locator('#consent-hint').waitFor();
    check('no code is sent before consent', sent === 0);
    const touch = await phone.evaluate(fingers);
    check('every control is at least 48 px high', touch.small.length === 0, touch.small);
    await picture(phone, 'phone-login');

    before = await number(hall, '#present');
    await logIn(phone, first.phone);
    check('the resend button counts down', /\d+ 秒后重发/.test(await phone.locator('#send').innerText()));
    const answer = answered(phone, '/check_ins');
    await phone.click('#submit');
    const { status, at } = await answer;
    check('logging in signs in by itself', status === 201, status);
    const delay = await shownWithin(hall, at, presentIs, before + 1);
    check('the hall counts the arrival within one second', delay !== null && delay <= 1000, delay === null ? `still ${await number(hall, '#present')}, wanted ${before + 1}` : `${delay} ms`);
    await phone.locator('.done h1').waitFor();
    check('the phone says 签到成功 with the name', (await phone.locator('.done h1').innerText()) === '签到成功' && (await phone.locator('.done .who').innerText()) === first.name, await phone.locator('.done').innerText());
    const named = await shownWithin(hall, at, (name) => document.querySelector('#ticker').textContent.includes(name), first.name);
    check('the hall names the arrival within one second', named !== null && named <= 1000, named);
    await sleep(900); // The tick is drawn.
    await picture(phone, 'phone-done');
  });

  await part('already signed in', async () => {
    const time = await phone.locator('.facts-list dd').nth(await phone.locator('.facts-list dt', { hasText: '签到时间' }).evaluate((node) => Array.from(node.parentNode.parentNode.children).indexOf(node.parentNode))).innerText();
    await phone.reload();
    await phone.locator('.done h1').waitFor();
    check('a reload keeps the green tick', (await phone.locator('.done h1').innerText()) === '签到成功');
    await phone.evaluate(() => sessionStorage.clear());
    await phone.goto((await codeNow()).link);
    await phone.click('#sign-in');
    await phone.locator('.done h1').waitFor();
    const text = await phone.locator('.done').innerText();
    check('a second scan shows the first sign-in', text.includes('您已签到') && text.includes(time), text);
    check('a second scan counts nobody twice', (await number(hall, '#present')) === before + 1);
  });

  await part('leaving and returning', async () => {
    await phone.click('#leave');
    let answer = answered(phone, '/check_outs');
    await phone.click('#leave-yes');
    let { at } = await answer;
    await phone.locator('.done.out').waitFor();
    check('checking out lowers the count', (await shownWithin(hall, at, presentIs, before)) !== null, await number(hall, '#present'));
    answer = answered(phone, '/returns');
    await phone.click('#return');
    ({ at } = await answer);
    await phone.locator('.note.good').waitFor();
    check('coming back raises it again', (await shownWithin(hall, at, presentIs, before + 1)) !== null, await number(hall, '#present'));

    const later = await phone.context().newPage();
    await later.goto(`${base}/c`);
    await chooseSitting(later, hall, '#leave');
    check('the page without a code still offers the check-out later', (await later.locator('#leave').count()) === 1);
    await later.close();
  });

  await part('typed code', async () => {
    const second = representatives[1];
    const page = await (await context({ ...PHONE, viewport: { width: 320, height: 640 } })).newPage();
    await page.goto(`${base}/c`);
    await page.locator('#phone').waitFor();
    await logIn(page, second.phone);
    await page.click('#submit');
    await chooseSitting(page, hall, '#typed');
    const digits = (await codeNow()).typed_code;
    const wrong = digits === '000000' ? '111111' : '000000';
    await page.fill('#typed', wrong);
    await page.click('#sign-in');
    await page.locator('#typed-hint.bad').waitFor();
    check('wrong digits say what to do', (await page.locator('#typed-hint').innerText()).includes('看着大屏幕重新输入'), await page.locator('#typed-hint').innerText());
    const touch = await page.evaluate(fingers);
    check('nothing is wider than a 320 px phone', touch.wide <= 0, `${touch.wide} px too wide`);

    await page.fill('#typed', (await hall.locator('#typed').innerText()).replace(/\D/g, ''));
    const keys = [];
    await page.route('**/check_ins', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      // The server hears the first try, but its answer is lost on the way.
      if (keys.length > 1) return route.continue();
      await route.fetch();
      return route.abort('connectionreset');
    });
    await page.click('#sign-in');
    await page.locator('.note.bad').waitFor();
    check('a lost network offers 重试', (await page.locator('#sign-in').innerText()).includes('重试') && (await page.locator('.note.bad').innerText()).includes('网络不通'));
    await page.click('#sign-in');
    await page.locator('.done h1').waitFor();
    check('the retry repeats with the same key', keys.length === 2 && keys[0] === keys[1], keys);
    check('the retry gets the first answer', (await page.locator('.done h1').innerText()) === '签到成功' && (await page.locator('.done .who').innerText()) === second.name, await page.locator('.done').innerText());
    check('the hall counts the typed sign-in once', (await shownWithin(hall, Date.now(), presentIs, before + 2)) !== null, await number(hall, '#present'));
    await page.context().close();
  });

  await part('forged code', async () => {
    const page = await (await context(PHONE)).newPage();
    const real = link.slice(`${base}/c/`.length) || 'A'.repeat(43);
    const forged = real.slice(0, -2) + (real.slice(-2, -1) === 'A' ? 'B' : 'A') + real.slice(-1);
    await page.goto(`${base}/c/${forged}`);
    await page.locator('#error-text').waitFor();
    const text = await page.locator('#error-text').innerText();
    check('a forged code says to scan the hall screen again', text.includes('请重新扫描大屏幕上的二维码'), text);
    check('a forged code offers the typed code instead', (await page.locator('a[href="/c"]').count()) === 1);
    await picture(page, 'phone-error');
    await page.click('[data-tool="language"]');
    check('the sentence exists in English', /scan the QR code on the hall screen again/.test(await page.locator('#error-text').innerText()));
    await page.context().close();
  });

  await part('hall screen without network', async () => {
    await hallContext.route('**/code*', (route) => route.abort('internetdisconnected'));
    await hall.waitForFunction(() => document.querySelector('.hall-left').textContent.includes('网络中断，正在重连'), null, { timeout: 20000 });
    check('the hall says when the network is lost', true);
    await hall.waitForFunction(() => document.querySelector('#qr').hidden, null, { timeout: 35000 });
    check('a dead code is not shown', (await hall.locator('#message').innerText()).includes('网络中断，正在重连') && !(await hall.locator('#qr').getAttribute('src')));
    await hallContext.unroute('**/code*');
    await hall.waitForFunction(() => !document.querySelector('#qr').hidden, null, { timeout: 10000 });
    await sleep(300);
    const alive = await hall.waitForFunction(() => document.querySelector('#link').classList.contains('live'), null, { timeout: 10000 });
    check('the hall recovers by itself', Boolean(alive));
    check('the count survives the interruption', (await number(hall, '#present')) === before + 2, await number(hall, '#present'));
  });

  await part('hall screen in the dark', async () => {
    await hall.emulateMedia({ colorScheme: 'dark' });
    await sleep(300);
    await picture(hall, 'hall-dark');
    const read = (await run('zbarimg', ['-q', '--raw', path.join(screens, 'hall-dark.png')])).stdout.trim();
    check('the QR code can be read on the dark screen', read.startsWith(`${base}/c/`), read);
  });

  await part('certificate', async () => {
    const page = await (await context(PHONE)).newPage();
    await page.goto(`${base}/certificate/0199a0de-0000-7000-8000-00000000dead`);
    await page.locator('.failed h1').waitFor();
    check('an unknown certificate is said to be unknown', (await page.locator('.failed h1').innerText()) === '没有找到这份证明');
    await page.context().close();
  });

  check('no request went to another host', foreign.length === 0, foreign.slice(0, 3));
  check('the content security policy refused nothing', refused.length === 0, refused.slice(0, 2));
  check('no script broke', broken.length === 0, broken.slice(0, 2));
}

await mkdir(screens, { recursive: true });
try {
  if (check('the server gets ready', await ready(), output.slice(-2000))) {
    browser = await chromium.launch({
      executablePath: process.env.LVZHI_TEST_CHROMIUM || '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
    });
    await walk();
  }
} catch (error) {
  check('the walk goes to its end', false, error.stack || error);
  console.error(output.slice(-3000));
} finally {
  await stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
