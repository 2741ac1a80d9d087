// The page a representative sees after scanning: which meeting, log in if need be, one big button, a green tick.
// ES2019 without optional chaining: it must run in the WeChat browser of 2019.

import { t, onLanguage } from './i18n.js';
import {
  local, tab, tools, request, api, postOnce, tokens, keepTokens, forgetTokens, logOut, deviceId, deviceName,
  ApiError, errorText, setServerTime, serverNow, clockTime, dayTime, shortTime, minutesLeft, sittingState, h, icon, replace
} from './common.js';

const main = document.getElementById('main');
const scanned = decodeURIComponent(location.pathname.split('/').filter(Boolean)[1] || '');

// What is on show: loading | login | ready | typed | done | failed.
let view = 'loading';
let scan = null; // the answer of code_resolve: sitting and ticket
let sittings = null; // for typed codes: my open sittings
let chosen = null; // the sitting whose typed code is asked for
let record = null; // the sign-in that was made, and whether the person left again
let failure = null; // the error that fills the screen
let failedAction = null; // what "try again" repeats
let notice = null; // {text, bad} above the form
let startedAt = 0; // server time of the first try of this sign-in
let celebrated = false; // the tick is drawn with a stroke once, not at every redraw
let busy = ''; // the name of the action under way
let asking = false; // "really leave?" is open
let waitUntil = 0; // rate limit: no try before this time
const form = { phone: '', code: '', typed: '', consent: false, invalid: '', invalidText: '', resendAt: 0, sentMinutes: 0 };
const place = { wanted: false, state: '', fix: null };

// ---- start ---------------------------------------------------------------------------------

async function start() {
  restoreResend();
  if (scanned) await startFromScan();
  else await startFromTyped();
}

async function startFromScan() {
  const kept = tab.get('scan');
  if (kept && kept.code === scanned) {
    scan = kept.answer;
    const done = rememberedRecord(scan.sitting_id);
    if (done) return showDone(done);
    if (Date.parse(scan.ticket_expires_at) > serverNow()) return proceed();
  }
  try {
    scan = await request('POST', '/check_in_codes', { body: { code: scanned, device_id: deviceId() } });
    if (scan.server_time) setServerTime(scan.server_time, true);
  } catch (error) {
    return fail(error, start);
  }
  tab.set('scan', { code: scanned, answer: scan });
  const state = sittingState(scan.state);
  if (state === 'waiting') return fail(new ApiError(409, 'sitting_not_open'), start);
  if (state !== 'open') return fail(new ApiError(409, 'sitting_closed'), null);
  // A new scan asks the server again, whatever this phone remembers: a sign-in may have been voided since.
  proceed();
}

function proceed() {
  show(tokens() ? 'ready' : 'login');
}

async function startFromTyped() {
  if (!tokens()) return show('login');
  if (view !== 'typed') show('loading');
  try {
    const answer = await api('GET', '/me/sittings?state=open');
    sittings = (answer && answer.items) || [];
  } catch (error) {
    return fail(error, startFromTyped);
  }
  if (sittings.length === 1) choose(sittings[0]);
  else {
    chosen = null;
    show('typed');
  }
}

function choose(one) {
  chosen = one;
  if (one.at) {
    record = Object.assign({ name: (tokens() || {}).name, first: false, flags: [] }, rememberedRecord(one.sitting_id), {
      seat_label: one.seat_label, at: one.at, state: one.attendance, out: !one.in_room, account_id: (tokens() || {}).account_id,
      sitting: { sitting_id: one.sitting_id, title: one.title, meeting_title: one.meeting_title }
    });
    return showDone(record);
  }
  form.typed = '';
  show('typed');
}

// ---- log-in --------------------------------------------------------------------------------

function restoreResend() {
  const kept = tab.get('resend');
  if (kept && kept.at > Date.now()) {
    form.resendAt = kept.at;
    form.phone = kept.phone;
    form.sentMinutes = kept.minutes;
    form.consent = true;
  }
}

function phoneDigits() {
  return form.phone.replace(/^\s*\+?86(?=\s*1\d{2})/, '').replace(/\D/g, '');
}

function invalid(field, text) {
  form.invalid = field;
  form.invalidText = text;
  draw();
  const node = document.getElementById(field);
  if (node) node.focus();
}

async function sendCode() {
  keepForm();
  if (!form.consent) return invalid('consent', t('login.need_consent'));
  if (!/^1\d{10}$/.test(phoneDigits())) return invalid('phone', t('login.need_phone'));
  form.invalid = '';
  await during('send', async function () {
    const answer = await request('POST', '/auth/sms_codes', { body: { phone: phoneDigits() } });
    form.resendAt = Date.now() + ((answer && answer.resend_after_s) || 60) * 1000;
    form.sentMinutes = Math.max(1, Math.round(((answer && answer.expires_in_s) || 300) / 60));
    tab.set('resend', { at: form.resendAt, phone: form.phone, minutes: form.sentMinutes });
    notice = null;
  }, function (error) {
    if (error.code === 'rate_limited' && error.retryAfter) form.resendAt = Date.now() + error.retryAfter * 1000;
    notice = { text: errorText(error), bad: true };
  });
  const node = document.getElementById('code');
  if (node && !notice) node.focus();
}

async function logIn(event) {
  event.preventDefault();
  keepForm();
  if (busy) return;
  if (!form.consent) return invalid('consent', t('login.need_consent'));
  if (!/^1\d{10}$/.test(phoneDigits())) return invalid('phone', t('login.need_phone'));
  if (!/^\d{4,8}$/.test(form.code)) return invalid('code', t('login.need_code'));
  form.invalid = '';
  let inside = false;
  await during('login', async function () {
    keepTokens(await request('POST', '/auth/sms', {
      body: { phone: phoneDigits(), code: form.code, device_id: deviceId(), device_name: deviceName() }
    }));
    inside = true;
    form.code = '';
    notice = null;
    tab.remove('resend');
  }, function (error) {
    if (error.code === 'rate_limited' && error.retryAfter) waitUntil = Date.now() + error.retryAfter * 1000;
    if (error.code === 'bad_code') {
      form.code = '';
      form.invalid = 'code';
      form.invalidText = errorText(error);
      notice = null;
    } else {
      notice = { text: errorText(error), bad: true };
    }
  });
  if (!inside) {
    const node = document.getElementById(form.invalid);
    if (node) node.focus();
    return;
  }
  if (scanned) {
    show('ready');
    signIn();
  } else {
    startFromTyped();
  }
}

// The scanned ticket stays in this tab, so a new log-in continues where the old one ended.
function logInAgain() {
  forgetTokens();
  notice = { text: t(scan ? 'login.again' : 'login.again_plain'), bad: false };
  show('login');
}

function changeAccount() {
  startedAt = 0;
  logOut();
  notice = null;
  record = null;
  failure = null;
  form.phone = '';
  form.code = '';
  show('login');
}

// ---- sign in, leave, return ----------------------------------------------------------------

async function signIn() {
  if (busy) return;
  const sitting = scan || chosen;
  let body;
  if (scan) {
    body = { kind: 'ticket', code: scan.ticket };
  } else {
    keepForm();
    if (!/^\d{6}$/.test(form.typed)) return invalid('typed', t('typed.need'));
    form.invalid = '';
    body = { kind: 'typed_code', code: form.typed };
  }
  if (place.wanted && place.fix) Object.assign(body, place.fix);
  if (!startedAt) startedAt = serverNow() - 600; // Without a precise clock serverNow() is half a second off.
  await during('sign_in', async function () {
    const answer = await postOnce('/sittings/' + encodeURIComponent(sitting.sitting_id) + '/check_ins', body);
    keepRecord(sitting.sitting_id, {
      // Whoever left and scans again is still out until "I am back".
      out: answer.first === false && await isOut(sitting.sitting_id),
      name: answer.name, delegation: answer.delegation, seat_label: answer.seat_label, at: answer.at, state: answer.state,
      // When only the answer of our own first try was lost, this is the first sign-in and not an old one.
      first: answer.first !== false || Date.parse(answer.at) >= startedAt,
      flags: answer.flags || [], sitting: { sitting_id: sitting.sitting_id, title: sitting.title, meeting_title: sitting.meeting_title }
    });
    notice = null;
    startedAt = 0;
    view = 'done';
    celebrated = false;
  }, signInFailed);
  focusHeading();
}

async function isOut(sittingId) {
  try {
    const mine = (await api('GET', '/me/sittings?state=open&limit=200')).items;
    return mine.some(function (one) { return one.sitting_id === sittingId && Boolean(one.at) && one.in_room === false; });
  } catch (error) {
    return false; // The sign-in itself is certain; this is only a courtesy.
  }
}

function signInFailed(error) {
  if (error.status === 401) return logInAgain();
  if (!error.undecided) startedAt = 0;
  if (error.code === 'rate_limited') waitUntil = Date.now() + Math.max(1, error.retryAfter) * 1000;
  const typed = !scan;
  if (error.undecided || error.code === 'rate_limited') {
    notice = { error: error, bad: true };
  } else if (typed && /^code_(invalid|expired)$/.test(error.code)) {
    form.typed = '';
    form.invalid = 'typed';
    form.invalidText = errorText(error, 'typed');
  } else {
    failure = error;
    // The ticket of the scan outlives the wait, so nobody has to scan twice.
    failedAction = error.code === 'sitting_not_open' && scan ? startFromScan : null;
    view = 'failed';
  }
}

async function leave() {
  if (!asking) {
    asking = true;
    draw();
    const yes = document.getElementById('leave-yes');
    if (yes) yes.focus();
    return;
  }
  await move('leave', '/check_outs', function (answer) {
    record.left_at = (answer && (answer.at || answer.checked_out_at)) || new Date(serverNow()).toISOString();
    record.out = true;
    record.returned = false;
  });
}

async function comeBack() {
  await move('return', '/returns', function () {
    record.out = false;
    record.left_at = null;
    record.returned = true;
  });
}

async function move(name, path, done) {
  const id = record.sitting.sitting_id;
  await during(name, async function () {
    done(await postOnce('/sittings/' + encodeURIComponent(id) + path, {}));
    keepRecord(id, record);
    notice = null;
    asking = false;
  }, function (error) {
    if (error.status === 401) return logInAgain();
    if (error.code === 'not_checked_in') return signInAnew(error);
    if (error.code === 'rate_limited') waitUntil = Date.now() + Math.max(1, error.retryAfter) * 1000;
    notice = { error: error, bad: true };
  });
  focusHeading();
}

// The sign-in was voided, or this phone remembers one that never was.
function signInAnew(error) {
  local.remove('done');
  record = null;
  asking = false;
  if (scan) {
    failure = error;
    failedAction = null;
    view = 'failed';
    return;
  }
  notice = { text: errorText(error, 'typed'), bad: true };
  view = 'typed';
}

function keepRecord(sittingId, value) {
  record = value;
  record.account_id = (tokens() || {}).account_id;
  local.set('done', { sitting_id: sittingId, record: record });
}

function rememberedRecord(sittingId) {
  const kept = local.get('done');
  const held = tokens();
  return kept && held && kept.sitting_id === sittingId && kept.record.account_id === held.account_id ? kept.record : null;
}

function showDone(value) {
  record = value;
  notice = null;
  show('done');
}

// ---- helpers of the flow -------------------------------------------------------------------

async function during(name, work, failed) {
  if (busy) return;
  busy = name;
  draw();
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiError)) {
      busy = '';
      draw();
      throw error;
    }
    failed(error);
  }
  busy = '';
  draw();
}

function fail(error, retry) {
  if (error.status === 401) return logInAgain();
  failure = error;
  failedAction = retry && (error.undecided || error.code === 'rate_limited' || error.code === 'sitting_not_open') ? retry : null;
  if (error.code === 'rate_limited') waitUntil = Date.now() + Math.max(1, error.retryAfter) * 1000;
  show('failed');
}

async function retryFailed() {
  const action = failedAction;
  show('loading');
  await action();
}

function show(next) {
  view = next;
  asking = false;
  draw();
  focusHeading();
}

// A screen reader starts at the new heading; nothing moves for the eye.
function focusHeading() {
  const heading = main.querySelector('[tabindex="-1"]');
  if (heading && view !== 'login' && view !== 'typed') heading.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

// Chinese keyboards type full-width digits; they mean the same.
function narrow(text) {
  return text.replace(/[０-９]/g, function (digit) { return String.fromCharCode(digit.charCodeAt(0) - 0xfee0); });
}

function keepForm() {
  ['phone', 'code', 'typed'].forEach(function (name) {
    const node = document.getElementById(name);
    if (node) form[name] = name === 'phone' ? narrow(node.value) : narrow(node.value).replace(/\D/g, '');
  });
  const consent = document.getElementById('consent');
  if (consent) form.consent = consent.checked;
}

// ---- drawing -------------------------------------------------------------------------------

function draw() {
  keepFocus(function () {
    replace(main, (views[view])());
  });
  document.title = t('phone.title');
  second();
}

function keepFocus(work) {
  const before = document.activeElement && main.contains(document.activeElement) ? document.activeElement.id : '';
  work();
  const node = before && document.getElementById(before);
  if (node && !node.disabled) node.focus({ preventScroll: true });
}

function button(id, name, label, busyLabel, kind, onclick, symbol) {
  const working = busy === name;
  return h('button.button' + (kind ? '.' + kind : '') + (working ? '.busy' : ''), {
    id: id, type: onclick ? 'button' : 'submit', disabled: Boolean(busy), 'aria-busy': working ? 'true' : null, onclick: onclick
  }, symbol && !working ? icon(symbol) : null, h('span', { 'data-label': label }, working ? busyLabel : label));
}

function sittingHead(one) {
  if (!one) return null;
  return h('header.sitting', {},
    one.congress_name ? h('p.congress', {}, one.congress_name) : null,
    h('h1', { tabindex: '-1' }, one.meeting_title),
    h('p.which', {}, one.title),
    h('ul.facts', {},
      one.starts_at ? h('li', {}, icon('clock'), h('span', {}, h('span.visually-hidden', {}, t('phone.time')), dayTime(one.starts_at) + (one.late_after ? (document.documentElement.lang === 'en' ? ', ' : '，') + t('phone.late_after', { time: clockTime(one.late_after) }) : ''))) : null,
      one.place ? h('li', {}, icon('place'), h('span', {}, h('span.visually-hidden', {}, t('phone.place')), one.place)) : null));
}

function noticeBox() {
  if (!notice) return null;
  const text = notice.error ? errorText(notice.error) : notice.text;
  return h('p.note' + (notice.bad ? '.bad' : ''), { role: notice.bad ? 'alert' : 'status' }, icon('warn'), h('span', { id: 'notice-text' }, text));
}

function hint(field, normal, id) {
  const wrong = form.invalid === field;
  return h('p.hint' + (wrong ? '.bad' : ''), { id: id, role: wrong ? 'alert' : null }, wrong ? form.invalidText : normal);
}

function locationBox() {
  if (!navigator.geolocation) return null;
  const states = { wait: t('phone.location_wait'), ok: t('phone.location_ok', { m: place.fix ? Math.max(1, Math.round(place.fix.accuracy_m)) : 0 }), no: t('phone.location_no') };
  return h('div', {},
    h('label.check', { for: 'location' },
      h('input', { id: 'location', type: 'checkbox', checked: place.wanted, onchange: locate }),
      h('span', {}, t('phone.location'))),
    h('p.hint', { role: 'status' }, (place.wanted && states[place.state]) || t('phone.location_text')));
}

function locate(event) {
  place.wanted = event.target.checked;
  place.fix = null;
  place.state = place.wanted ? 'wait' : '';
  keepForm();
  draw();
  if (!place.wanted) return;
  navigator.geolocation.getCurrentPosition(function (found) {
    if (!place.wanted) return;
    place.fix = { latitude: found.coords.latitude, longitude: found.coords.longitude, accuracy_m: found.coords.accuracy };
    place.state = 'ok';
    keepForm();
    draw();
  }, function () {
    place.state = 'no';
    keepForm();
    draw();
  }, { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 });
}

const views = {
  loading: function () {
    return h('div.skeleton', { 'aria-busy': 'true' }, h('i', {}), h('i', {}), h('i', {}), h('i', {}), h('p', {}, scanned ? t('phone.checking') : t('app.loading')));
  },

  login: function () {
    const wrong = function (field) { return form.invalid === field ? 'true' : null; };
    return [
      sittingHead(scan) || h('header.sitting', {}, h('h1', { tabindex: '-1' }, t('typed.heading'))),
      h('form.card.stack', { onsubmit: logIn, novalidate: true, autocomplete: 'on' },
        h('div', {}, h('h2', {}, t('login.heading')), h('p.sub', {}, t(scan ? 'login.sub' : 'login.sub_plain'))),
        noticeBox(),
        h('div.field', {},
          h('label', { for: 'phone' }, t('login.phone')),
          h('input.input', { id: 'phone', oninput: keepForm, name: 'phone', type: 'tel', inputmode: 'tel', autocomplete: 'tel', maxlength: '17', value: form.phone, placeholder: t('login.phone_hint'), 'aria-invalid': wrong('phone'), 'aria-describedby': 'phone-hint' }),
          form.invalid === 'phone' ? hint('phone', '', 'phone-hint') : null),
        h('div.field', {},
          h('label', { for: 'code' }, t('login.code')),
          h('div.row', {},
            h('input.input', { id: 'code', oninput: keepForm, name: 'code', type: 'text', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: '6', value: form.code, placeholder: t('login.code_hint'), 'aria-invalid': wrong('code'), 'aria-describedby': 'code-hint' }),
            button('send', 'send', t('login.send'), t('login.sending'), '', sendCode)),
          hint('code', form.sentMinutes ? t('login.sent', { m: form.sentMinutes }) : '', 'code-hint')),
        h('div', {},
          h('label.check' + (form.invalid === 'consent' ? '.bad' : ''), { for: 'consent' },
            h('input', { id: 'consent', type: 'checkbox', checked: form.consent, 'aria-describedby': form.invalid === 'consent' ? 'consent-hint' : null, onchange: consentChanged }),
            h('span', {}, t('login.consent'))),
          form.invalid === 'consent' ? hint('consent', '', 'consent-hint') : null,
          policy()),
        button('submit', 'login', t(scan ? 'login.submit' : 'login.submit_plain'), t('login.submitting'), 'primary', null),
        scan ? h('p.hint.centre', { id: 'ticket' }) : null,
        scan ? locationBox() : null)
    ];
  },

  ready: function () {
    const retry = notice && notice.error;
    return [
      sittingHead(scan),
      h('div.card.stack', {},
        noticeBox(),
        button('sign-in', 'sign_in', retry ? t('phone.retry') : t('phone.sign_in'), t('phone.signing_in'), 'primary.huge', signIn),
        h('p.sub.centre', {}, t('phone.as', { name: (tokens() || {}).name || '' })),
        locationBox()),
      h('button.link', { type: 'button', disabled: Boolean(busy), onclick: changeAccount }, t('phone.switch_account'))
    ];
  },

  typed: function () {
    if (!chosen) {
      return [
        h('header.sitting', {}, h('h1', { tabindex: '-1' }, t('typed.heading')), h('p.sub', {}, sittings.length ? t('typed.choose') : '')),
        sittings.length
          ? h('div.choice', {}, sittings.map(function (one) {
              return h('button.button', { type: 'button', onclick: function () { choose(one); } }, h('strong', {}, one.title), h('span', {}, one.meeting_title), h('span', {}, [dayTime(one.starts_at), one.place].filter(Boolean).join(' · ')));
            }))
          : h('div.card.stack', {}, h('p', {}, h('strong', {}, t('typed.none'))), h('p.sub', {}, t('typed.none_text')),
              h('button.button', { type: 'button', onclick: startFromTyped }, t('typed.refresh'))),
        h('button.link', { type: 'button', onclick: changeAccount }, t('phone.switch_account'))
      ];
    }
    const retry = notice && notice.error;
    return [
      sittingHead(chosen),
      h('form.card.stack', { novalidate: true, autocomplete: 'off', onsubmit: function (event) { event.preventDefault(); signIn(); } },
        noticeBox(),
        h('div.field', {},
          h('label', { for: 'typed' }, t('typed.code')),
          h('input.input.digits', { id: 'typed', oninput: keepForm, name: 'typed', type: 'text', inputmode: 'numeric', autocomplete: 'off', maxlength: '7', value: form.typed, 'aria-invalid': form.invalid === 'typed' ? 'true' : null, 'aria-describedby': 'typed-hint' }),
          hint('typed', t('typed.code_hint'), 'typed-hint')),
        button('sign-in', 'sign_in', retry ? t('phone.retry') : t('phone.sign_in'), t('phone.signing_in'), 'primary.huge', null),
        h('p.sub.centre', {}, t('phone.as', { name: (tokens() || {}).name || '' })),
        locationBox()),
      sittings && sittings.length > 1 ? h('button.link', { type: 'button', onclick: function () { notice = null; form.invalid = ''; chosen = null; show('typed'); } }, t('typed.other')) : null,
      h('button.link', { type: 'button', onclick: changeAccount }, t('phone.switch_account'))
    ];
  },

  done: function () {
    const out = Boolean(record.out);
    const late = record.state === 'late';
    const still = celebrated ? '.still' : '';
    celebrated = true;
    const fact = function (label, value) { return value ? h('div', {}, h('dt', {}, label), h('dd', {}, value)) : null; };
    return [
      h('section.card.done' + (out ? '.out' : ''), { role: 'status' },
        h('div.disc' + (out ? '.plain' : '') + still, {}, icon(out ? 'leave' : 'tick')),
        h('h1', { tabindex: '-1' }, out ? t('done.left') : record.first === false ? t('done.already') : t('done.first')),
        !out && record.first === false ? h('p.sub', {}, t('done.already_text')) : null,
        h(record.name.length > 5 ? 'p.who.long' : 'p.who', {}, record.name.split('·').reduce(function (parts, part) { return parts.length ? parts.concat('·', h('wbr', {}), part) : [part]; }, [])),
        h('dl.facts-list', {},
          fact(t('done.delegation'), record.delegation),
          fact(t('done.seat'), record.seat_label),
          fact(t('done.time'), shortTime(record.at)),
          fact(t('done.state'), h('span.badge' + (late ? '.late' : ''), {}, t(late ? 'done.late' : 'done.present'))),
          out && record.left_at ? fact(t('done.left_at'), shortTime(record.left_at)) : null)),
      record.flags && record.flags.length ? h('p.note', {}, icon('warn'), h('span', {}, t('done.flagged'))) : null,
      record.returned && !out ? h('p.note.good', { role: 'status' }, icon('tick'), h('span', {}, t('done.returned'))) : null,
      noticeBox(),
      h('p.sub.centre.small', {}, record.sitting.meeting_title, h('br', {}), record.sitting.title),
      out
        ? h('div.stack.tight', {}, button('return', 'return', t('done.return'), t('done.return_busy'), 'primary', comeBack), h('p.hint.centre', {}, t('done.return_text')))
        : asking
          ? h('div.card.stack', { role: 'group', 'aria-label': t('done.out') }, h('p', {}, h('strong', {}, t('done.out_sure')), h('br', {}), h('span.sub', {}, t('done.out_text'))),
              button('leave-yes', 'leave', t('done.out_yes'), t('done.out_busy'), 'primary', leave),
              h('button.button', { type: 'button', disabled: Boolean(busy), onclick: function () { asking = false; notice = null; draw(); } }, t('done.out_no')))
          : h('div.stack.tight', {}, button('leave', 'leave', t('done.out'), t('done.out_busy'), '', leave, 'leave'), h('p.hint.centre', {}, t('done.out_text'))),
      asking ? null : h('button.link', { type: 'button', disabled: Boolean(busy), onclick: changeAccount }, t('phone.log_out'))
    ];
  },

  failed: function () {
    const wait = failure.code === 'sitting_not_open' || failure.code === 'rate_limited';
    const rescan = /^code_/.test(failure.code) || failure.code === 'not_found' || failure.code === 'not_checked_in';
    const person = failure.code === 'not_on_roster' || failure.code === 'forbidden';
    const id = failure.problem && failure.problem.request_id;
    return [
      scan && !rescan ? sittingHead(scan) : null,
      h('section.card.failed', { role: 'alert' },
        h('div.disc.' + (wait ? 'wait' : 'bad'), {}, icon(failure.code === 'network' ? 'offline' : rescan ? 'code' : wait ? 'clock' : 'cross')),
        h('h1', { tabindex: '-1' }, wait && failure.code === 'sitting_not_open' ? t('state.waiting') : t('error.heading')),
        h('p', { id: 'error-text' }, errorText(failure)),
        failure.code === 'sitting_not_open' && scan && scan.starts_at ? h('p.sub', {}, dayTime(scan.starts_at)) : null,
        wait || failure.undecided ? null : h('p.sub', {}, t('error.contact')),
        id && !failure.code.match(/^(code_|sitting_)/) ? h('p.sub', {}, t('error.request', { id: String(id).slice(0, 8) })) : null),
      failedAction ? button('retry', 'retry', t('phone.retry'), t('phone.checking'), 'primary', retryFailed) : null,
      rescan ? h('a.button', { href: '/c' }, t('typed.link')) : null,
      person ? h('button.button', { type: 'button', onclick: changeAccount }, t('phone.switch_account')) : null
    ];
  }
};

function policy() {
  return h('details', {}, h('summary', {}, t('login.policy')),
    h('ol', {}, [1, 2, 3, 4].map(function (number) { return h('li', {}, t('login.policy_' + number)); })));
}

function consentChanged(event) {
  form.consent = event.target.checked;
  if (form.invalid === 'consent' && form.consent) {
    keepForm();
    form.invalid = '';
    draw();
  }
}

// Everything that counts seconds: resend, rate limit, the life of the ticket.
function second() {
  const now = Date.now();
  const send = document.getElementById('send');
  if (send && busy !== 'send') {
    const left = Math.ceil((form.resendAt - now) / 1000);
    send.disabled = Boolean(busy) || left > 0;
    label(send, left > 0 ? t('login.resend', { s: left }) : t('login.send'));
  }
  const left = Math.ceil((waitUntil - now) / 1000);
  ['sign-in', 'submit', 'retry', 'leave-yes', 'return'].forEach(function (id) {
    const node = document.getElementById(id);
    if (!node || busy) return;
    node.disabled = left > 0;
    const text = node.querySelector('[data-label]');
    label(node, left > 0 ? t('phone.retry_wait', { s: left }) : text.getAttribute('data-label'));
  });
  const limited = notice && notice.error && notice.error.code === 'rate_limited' ? notice.error : view === 'failed' && failure.code === 'rate_limited' ? failure : null;
  if (limited && left > 0) {
    limited.retryAfter = left;
    const node = document.getElementById(view === 'failed' ? 'error-text' : 'notice-text');
    if (node) node.textContent = errorText(limited);
  } else if (limited && view !== 'failed' && waitUntil) {
    waitUntil = 0;
    notice = null;
    keepForm();
    draw();
  }
  const ticket = document.getElementById('ticket');
  if (ticket && scan) {
    const rest = Date.parse(scan.ticket_expires_at) - serverNow();
    ticket.textContent = rest > 0 ? t('phone.ticket_left', { left: minutesLeft(rest) }) : t('phone.ticket_gone');
    ticket.className = rest > 0 ? 'hint centre' : 'hint centre bad';
  }
}

function label(node, text) {
  const span = node.querySelector('span');
  if (span.textContent !== text) span.textContent = text;
}

tools();
onLanguage(function () {
  keepForm();
  form.invalid = '';
  if (notice && !notice.error) notice = null;
  draw();
});
setInterval(second, 1000);
draw();
start();
