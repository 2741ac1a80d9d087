// The hall screen: the living code on the left, the living count on the right. It runs unattended for hours,
// so every list is bounded, every timer single, and a code is never shown after it has died.

import { t, onLanguage } from './i18n.js';
import { request, tab, tools, setServerTime, serverNow, clockTime, dayText, minutesLeft, sittingState, h, icon, replace } from './common.js';

const id = decodeURIComponent(location.pathname.split('/').filter(Boolean)[1] || '');
const token = takeToken();
const $ = function (name) { return document.getElementById(name); };

const TICKER_SIZE = 6;
// How long codes are shown. The server accepts each for one step more; a little less is promised here, because
// scanning and typing take time.
const CODE_STEP_MS = 15000;
const TYPED_STEP_MS = 60000;
const HURRY_MS = 2000;

let sitting = null;
let counts = null;
let quorum = null;
const delegations = new Map();
let recent = []; // newest first
let refused = null; // key of the sentence when this link no longer works

// The fragment never reaches a server's log; kept in this tab only, and out of the address bar on a projector.
function takeToken() {
  const found = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  if (found) {
    tab.set('screen.' + id, decodeURIComponent(found[1]));
    history.replaceState(null, '', location.pathname + location.search);
  }
  return tab.get('screen.' + id);
}

// ---- the code ------------------------------------------------------------------------------

const code = {
  image: null, // blob URL on show
  nextAt: 0, deadAt: 0, // on this machine's clock
  typed: '', typedDeadAt: 0,
  host: location.host,
  failing: false, busy: false, timer: 0, tries: 0
};

async function fetchCode() {
  if (code.busy || !token) return;
  code.busy = true;
  clearTimeout(code.timer);
  let again = 1000;
  try {
    const asked = Date.now();
    const path = '/sittings/' + encodeURIComponent(id) + '/code';
    const both = await Promise.all([
      request('GET', path, { bearer: token, timeout: 6000 }),
      request('GET', path + '.svg', { bearer: token, timeout: 6000, accept: 'image/svg+xml' })
    ]);
    const answer = both[0];
    const state = answer.state || 'open';
    setServerTime(answer.server_time, true);
    // Counted from when we asked: a slow answer makes the code look older, never younger.
    code.nextAt = asked + answer.refresh_in_ms;
    if (state === 'open') {
      await shown(URL.createObjectURL(new Blob([both[1]], { type: 'image/svg+xml' })));
      code.deadAt = code.nextAt + CODE_STEP_MS - HURRY_MS;
      code.typed = String(answer.typed_code);
      code.typedDeadAt = asked + (Date.parse(answer.typed_valid_until) - Date.parse(answer.server_time)) + TYPED_STEP_MS - HURRY_MS;
      code.host = new URL(answer.link, location.href).host;
      again = Math.max(200, code.nextAt - Date.now() + 30);
    } else {
      hideCode(); // The live channel says when that changes; asking again is only the safety net.
      again = 10000;
    }
    if (sitting && sitting.state !== state) {
      sitting.state = state;
      later(drawSitting);
    }
    const wasFailing = code.failing;
    code.failing = false;
    code.tries = 0;
    if (refused) {
      refused = null;
      live.stopped = false;
      live.reopen();
    } else if (wasFailing) {
      live.reopen(); // The old socket may be half dead without knowing it.
    }
  } catch (error) {
    again = codeFailed(error);
  }
  code.busy = false;
  code.timer = setTimeout(fetchCode, again);
  drawCode();
}

function codeFailed(error) {
  // Only our own server's word counts; a proxy's bare 403 or 404 during an update is a passing failure.
  if (error.problem && error.problem.code && (error.status === 401 || error.status === 403 || error.status === 404)) {
    refuse(error.status === 404 ? 'hall.not_found' : 'hall.bad_token');
    return 30000;
  }
  if (error.status === 409) {
    hideCode();
    code.failing = false;
    return 10000;
  }
  code.failing = true;
  code.tries += 1;
  return Math.min(4000, 500 * code.tries) + Math.random() * 300;
}

// Swaps the picture only when it is decoded, so the projector never flashes white.
function shown(url) {
  return new Promise(function (resolve, reject) {
    const probe = new Image();
    probe.onload = function () {
      const old = code.image;
      code.image = url;
      $('qr').src = url;
      if (old) setTimeout(function () { URL.revokeObjectURL(old); }, 1000);
      resolve();
    };
    probe.onerror = function () {
      URL.revokeObjectURL(url);
      reject(new Error('The code picture cannot be shown'));
    };
    probe.src = url;
  });
}

function hidePicture() {
  if (!code.image) return;
  $('qr').removeAttribute('src');
  URL.revokeObjectURL(code.image);
  code.image = null;
}

function hideCode() {
  hidePicture();
  code.typed = '';
}

function refuse(key) {
  refused = key;
  hideCode();
  clearTimeout(code.timer);
  live.stop();
}

let drawnMessage = '';

function message(key, build) {
  if (key === drawnMessage) return;
  drawnMessage = key;
  replace($('message'), build ? build() : null);
}

function drawCode() {
  const now = Date.now();
  const state = sitting ? sittingState(sitting.state) : 'waiting';
  if (now >= code.deadAt) hidePicture();
  if (now >= code.typedDeadAt) code.typed = '';
  const visible = Boolean(code.image) && !refused && (state === 'open' || !sitting);

  $('qr').hidden = !visible;
  $('qr').alt = t('hall.scan');
  $('caption').hidden = visible && code.failing;
  $('caption').classList.toggle('quiet', !visible);
  const seconds = Math.max(0, Math.ceil((code.nextAt - now) / 1000));
  setText($('next'), visible ? t('hall.next', { s: seconds }) : '');
  drawRing(visible ? Math.max(0, Math.min(1, (code.nextAt - now) / CODE_STEP_MS)) : 0, seconds);

  const stillGood = visible && code.failing;
  if ($('alarm').hidden === stillGood) {
    $('alarm').hidden = !stillGood;
    replace($('alarm'), stillGood ? [icon('offline'), h('span', {}, t('hall.offline'))] : null);
  }

  if (refused) {
    message('refused' + t(refused), function () { return [icon('warn'), h('strong', {}, t(refused)), h('p', {}, t('hall.bad_token_text'))]; });
  } else if (visible) {
    message('');
  } else if (code.failing && (!sitting || state === 'open')) {
    message('offline' + t('hall.offline'), function () {
      return [icon('offline'), h('strong', {}, t('hall.offline')), h('p', {}, t('hall.offline_text'))];
    });
  } else if (sitting && state === 'closed') {
    message('closed' + t('hall.closed'), function () { return [icon('tick'), h('strong', {}, t('hall.closed')), h('p', {}, t('hall.closed_text'))]; });
  } else if (sitting && state === 'cancelled') {
    message('cancelled' + t('hall.cancelled'), function () { return [icon('cross'), h('strong', {}, t('hall.cancelled'))]; });
  } else if (sitting && state === 'waiting') {
    const left = Date.parse(sitting.starts_at) - serverNow();
    const soon = left > 0 && left < 24 * 3600000;
    message('waiting' + t('hall.not_open') + soon, function () {
      return [soon ? h('p', {}, t('hall.not_open_in')) : icon('clock'), soon ? h('span.big.num', { id: 'until' }) : null, h('strong', {}, t('hall.not_open')), h('p', {}, t('hall.not_open_text'))];
    });
    if ($('until')) setText($('until'), minutesLeft(left));
  } else {
    message('loading' + t('app.loading'), function () { return h('p', {}, t('app.loading')); });
  }

  drawTyped(!refused && (state === 'open' || !sitting) ? code.typed : '', state === 'waiting' && !refused);
  document.body.classList.toggle('nothing', Boolean(refused) && !sitting);
}

let ringShown = -1;

function drawRing(part, seconds) {
  const ring = $('ring');
  const offset = Math.round((1 - part) * 1000) / 10;
  if (offset === ringShown) return;
  ring.classList.toggle('jump', offset < ringShown || ringShown < 0);
  ring.classList.toggle('soon', seconds <= 3);
  ring.setAttribute('stroke-dashoffset', String(offset));
  ringShown = offset;
}

let drawnTyped = null;

function drawTyped(digits, announced) {
  const key = [digits, announced, code.host, t('hall.typed')].join('|');
  if (key === drawnTyped) return;
  drawnTyped = key;
  const box = $('typed');
  replace(box, digits ? [h('span', {}, digits.slice(0, 3)), h('span', {}, digits.slice(3))] : '\u00a0');
  replace($('how'), digits ? [t('hall.typed') + ' ', h('b', {}, code.host + '/c'), ' ' + t('hall.typed_then')] : announced ? t('hall.typed_wait') : '\u00a0');
}

// ---- the count -----------------------------------------------------------------------------

const live = {
  socket: null, epoch: '', seq: 0, tries: 0, timer: 0, stopped: false, ok: false, at: 0,

  open: function () {
    clearTimeout(live.timer);
    if (live.stopped) return;
    const resume = live.epoch ? '?epoch=' + encodeURIComponent(live.epoch) + '&since=' + live.seq : '';
    const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';
    const socket = new WebSocket(scheme + location.host + '/api/v1/sittings/' + encodeURIComponent(id) + '/live' + resume, ['lvzhi.v1', 'bearer.' + token]);
    live.socket = socket;
    // A connection that neither opens nor fails would wait for minutes.
    live.timer = setTimeout(function () { if (socket.readyState === 0) live.reopen(); }, 8000);
    socket.onopen = function () {
      if (socket !== live.socket) return;
      live.ok = true;
      clearTimeout(live.timer);
      // Only a connection that lasts counts as success: a resumed one may have nothing to say for minutes.
      live.timer = setTimeout(function () { live.tries = 0; }, 5000);
      drawLink();
    };
    socket.onmessage = function (event) {
      if (socket !== live.socket) return;
      live.at = serverNow();
      take(event.data);
    };
    socket.onclose = function () {
      if (socket === live.socket) live.later();
    };
  },

  later: function () {
    live.drop();
    drawLink();
    if (live.stopped) return;
    const wait = Math.min(10000, 400 * Math.pow(2, live.tries));
    live.tries = Math.min(live.tries + 1, 8);
    clearTimeout(live.timer);
    live.timer = setTimeout(live.open, wait / 2 + Math.random() * wait / 2);
  },

  drop: function () {
    const old = live.socket;
    live.socket = null;
    if (live.ok) live.at = serverNow(); // Up to now the count was true.
    live.ok = false;
    if (old) {
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
  },

  reopen: function () {
    live.drop();
    live.tries = 0;
    live.open();
  },

  stop: function () {
    live.stopped = true;
    clearTimeout(live.timer);
    live.drop();
  }
};

function take(text) {
  let frame;
  try {
    frame = JSON.parse(text);
  } catch (error) {
    return;
  }
  if (frame.type === 'snapshot') {
    live.epoch = frame.epoch;
    live.seq = frame.seq;
    sitting = frame.sitting;
    if (frame.server_time) setServerTime(frame.server_time, true);
    delegations.clear();
    (frame.delegations || []).forEach(function (one) { delegations.set(one.id, one); });
    recent = (frame.recent || []).slice().sort(newestFirst).slice(0, TICKER_SIZE);
    counts = frame.counts;
    quorum = frame.quorum;
    later(drawSitting);
  } else if (frame.type === 'update') {
    if (frame.seq <= live.seq) return;
    live.seq = frame.seq;
    counts = frame.counts || counts;
    quorum = frame.quorum || quorum;
    (frame.delegations || []).forEach(function (one) { delegations.set(one.id, Object.assign({}, delegations.get(one.id), one)); });
    const arrived = frame.arrivals || [];
    if (arrived.length) {
      recent = arrived.concat(recent.filter(function (old) {
        return !arrived.some(function (one) { return one.entry_id === old.entry_id; });
      })).sort(newestFirst).slice(0, TICKER_SIZE);
    }
    if (sitting && frame.state && frame.state !== sitting.state) {
      sitting.state = frame.state;
      if (frame.state !== 'open') hideCode();
      fetchCode();
      later(drawSitting);
    }
  }
  later(drawCounts);
}

function newestFirst(a, b) {
  return Date.parse(b.at) - Date.parse(a.at);
}

// At most one drawing every 100 ms, however fast a hall of people arrives. A timer, not an animation
// frame: those stop while another window covers the screen.
const waiting = new Set();
let drawTimer = 0;

function later(draw) {
  waiting.add(draw);
  if (!drawTimer) {
    drawTimer = setTimeout(function () {
      drawTimer = 0;
      const now = Array.from(waiting);
      waiting.clear();
      now.forEach(function (one) { one(); });
    }, 100);
  }
}

function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

function drawSitting() {
  if (!sitting) return;
  setText($('congress'), sitting.congress_name || '');
  setText($('meeting'), sitting.meeting_title || '');
  setText($('sitting'), sitting.title || '');
  setText($('place'), sitting.place || '');
  setText($('starts'), sitting.starts_at ? t('hall.starts', { time: clockTime(sitting.starts_at) }) : '');
  setText($('late-after'), sitting.late_after ? t('hall.late_after', { time: clockTime(sitting.late_after) }) : '');
  const state = sittingState(sitting.state);
  $('state').hidden = false;
  $('state').className = 'pill ' + state;
  setText($('state'), t('state.' + state));
  document.title = (sitting.title ? sitting.title + ' · ' : '') + t('hall.title');
  fit($('meeting'), 56, 38);
  drawCode();
}

// A long meeting title becomes smaller before it is cut.
function fit(node, size, least) {
  for (let now = size; now >= least; now -= 3) {
    node.style.fontSize = 'calc(' + now + ' * var(--u))';
    if (node.scrollWidth <= node.clientWidth) return;
  }
}

function number(node, value, unit) {
  const key = value + unit;
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  replace(node, [String(value), unit ? h('small', {}, unit) : null]);
}

function drawCounts() {
  if (!counts) return;
  const total = counts.voting_total;
  const present = counts.voting_present;
  number($('present'), present, t('hall.people'));
  number($('should'), total, t('hall.people'));
  number($('rate'), percent(present, total), '%');
  number($('late'), counts.late, '');
  number($('leave'), counts.on_leave, '');
  number($('attendees'), counts.attendee_present, counts.attendee_total ? ' / ' + counts.attendee_total : '');
  drawQuorum();
  drawDelegations();
  drawTicker();
}

// Never "100" before the last one is here.
function percent(part, whole) {
  if (!whole) return '0';
  if (part >= whole) return '100';
  return Math.min(99.9, Math.round(part / whole * 1000) / 10).toFixed(1);
}

function drawQuorum() {
  const box = $('quorum');
  const ruled = quorum && quorum.rule && quorum.rule !== 'none';
  const total = (quorum && quorum.total) || counts.voting_total || 1;
  const present = quorum && typeof quorum.present === 'number' ? quorum.present : counts.voting_present;
  box.classList.toggle('reached', Boolean(ruled && quorum.reached));
  const words = !ruled ? t('hall.quorum_none') : quorum.reached ? t('hall.quorum_reached') : t('hall.quorum_missing', { n: Math.max(1, quorum.needed - present) });
  if ($('quorum-words').dataset.shown !== words) {
    $('quorum-words').dataset.shown = words;
    replace($('quorum-words'), [ruled && quorum.reached ? icon('tick') : null, h('span.num', {}, words)]);
  }
  setText($('quorum-rule'), ruled ? t('hall.quorum_' + quorum.rule, { needed: quorum.needed }) : '');
  $('quorum-fill').style.width = Math.min(100, present / total * 100) + '%';
  $('quorum-mark').hidden = !ruled;
  if (ruled) {
    $('quorum-mark').style.left = Math.min(100, quorum.needed / total * 100) + '%';
    setText($('quorum-needed'), t('hall.quorum') + ' ' + t('hall.quorum_mark', { needed: quorum.needed }));
  }
  setText($('quorum-all'), t('hall.quorum_all', { total: total }));
}

// More delegations than fit take turns, a page every ten seconds.
const UNITS_PER_PAGE = 12;
let unitsPage = 0;

function drawDelegations() {
  const all = Array.from(delegations.values()).filter(function (one) { return one.total > 0; });
  const pages = Math.max(1, Math.ceil(all.length / UNITS_PER_PAGE));
  if (unitsPage >= pages) unitsPage = 0;
  const list = all.slice(unitsPage * UNITS_PER_PAGE, (unitsPage + 1) * UNITS_PER_PAGE);
  $('units').hidden = !all.length;
  $('units').classList.toggle('two', all.length <= 6);
  const rows = $('units-list');
  while (rows.children.length > list.length) rows.removeChild(rows.lastChild);
  while (rows.children.length < list.length) {
    rows.appendChild(h('li', {}, h('div.line', {}, h('span.name', {}), h('span.num', {}, h('span', {}), h('small', {}))), h('div.mini', {}, h('i', {}))));
  }
  list.forEach(function (one, index) {
    const row = rows.children[index];
    const figures = row.querySelector('.num');
    setText(row.querySelector('.name'), one.name.replace(/(.)代表团$/, '$1')); // The heading says it already.
    setText(figures.firstChild, one.present);
    setText(figures.lastChild, ' / ' + one.total);
    row.querySelector('i').style.width = Math.min(100, one.present / one.total * 100) + '%';
    row.classList.toggle('full', one.present >= one.total);
  });
}

let drawnTicker = '';

function drawTicker() {
  const key = recent.map(function (one) { return one.entry_id + one.at; }).join() + t('hall.latest');
  if (key === drawnTicker) return;
  const before = drawnTicker;
  drawnTicker = key;
  replace($('ticker'), recent.length ? recent.map(function (one) {
    const unit = delegations.get(one.delegation_id);
    const late = one.state === 'late';
    const tag = late ? h('em.late', {}, t('hall.late')) : one.class === 'attendee' || one.class === 'observer' ? h('em', {}, t('hall.' + one.class)) : null;
    return h(before && before.indexOf(one.entry_id) < 0 ? 'li.fresh' : 'li', {}, h(one.name.length > 5 ? 'p.who.long' : 'p.who', {}, one.name, tag), h('p.from.num', {}, h('span', {}, one.delegation || (unit && unit.name) || one.seat_label || ''), clockTime(one.at)));
  }) : h('li.none', {}, t('hall.latest_none')));
}

function drawLink() {
  const node = $('link');
  node.className = 'link-state ' + (live.ok ? 'live' : live.at ? 'lost' : '');
  setText(node, live.ok ? t('hall.live') : live.at ? t('hall.reconnecting', { time: clockTime(live.at) }) : t('hall.connecting'));
}

// ---- running for hours ---------------------------------------------------------------------

let lastTick = Date.now();
let ticks = 0;

function tick() {
  const now = Date.now();
  // The machine slept, or its clock was set: what is on show may be dead. Hide first, then ask.
  if (now - lastTick > 5000 || now < lastTick - 1000) {
    hideCode();
    fetchCode();
    live.reopen();
  }
  lastTick = now;
  ticks += 1;
  setText($('clock'), clockTime(serverNow(), true));
  setText($('day'), dayText(serverNow(), false));
  drawCode();
  if (ticks % 40 === 0 && delegations.size > UNITS_PER_PAGE) {
    unitsPage += 1;
    later(drawDelegations);
  }
}

function redraw() {
  drawnMessage = drawnTyped = null;
  $('alarm').hidden = true;
  drawSitting();
  drawCounts();
  drawLink();
  tick();
}

let sleepTimer = 0;

function wake() {
  document.body.classList.add('awake');
  clearTimeout(sleepTimer);
  sleepTimer = setTimeout(function () { document.body.classList.remove('awake'); }, 4000);
}

function keepAwake() {
  if (navigator.wakeLock && document.visibilityState === 'visible') navigator.wakeLock.request('screen').catch(function () {});
}

tools();
onLanguage(redraw);
['mousemove', 'keydown', 'touchstart'].forEach(function (name) { document.addEventListener(name, wake, { passive: true }); });
$('fullscreen').addEventListener('click', function () {
  if (document.fullscreenElement) document.exitFullscreen();
  else if (document.documentElement.requestFullscreen) document.documentElement.requestFullscreen();
});
window.addEventListener('online', function () { fetchCode(); live.reopen(); });
window.addEventListener('resize', function () { later(drawSitting); });
document.addEventListener('visibilitychange', function () {
  if (document.visibilityState === 'visible') {
    keepAwake();
    fetchCode();
  }
});

drawLink();
if (!token) {
  refuse('hall.no_token');
} else {
  fetchCode();
  live.open();
}
keepAwake();
tick();
setInterval(tick, 250);
