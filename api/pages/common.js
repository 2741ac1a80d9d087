// What all pages share: storage that never throws, the API client with single-flight refresh, times, small DOM helpers.

import { t, has, lang, switchLanguage } from './i18n.js';

// ---- storage -------------------------------------------------------------------------------

function shelf(name) {
  const memory = {};
  let real = null;
  try {
    real = window[name];
    real.setItem('lvzhi.probe', '1');
    real.removeItem('lvzhi.probe');
  } catch (error) {
    real = null; // Private browsing or storage switched off: the page still works until it is closed.
  }
  return {
    get: function (key) {
      const text = real ? real.getItem('lvzhi.' + key) : memory[key];
      if (text === null || text === undefined) return null;
      try {
        return JSON.parse(text);
      } catch (error) {
        return null;
      }
    },
    set: function (key, value) {
      const text = JSON.stringify(value);
      memory[key] = text;
      try {
        if (real) real.setItem('lvzhi.' + key, text);
      } catch (error) {
        real = null;
      }
    },
    remove: function (key) {
      delete memory[key];
      if (real) real.removeItem('lvzhi.' + key);
    }
  };
}

export const local = shelf('localStorage');
export const tab = shelf('sessionStorage');

// ---- identity of this device ---------------------------------------------------------------

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, function (byte) {
    return (byte + 256).toString(16).slice(1);
  }).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function deviceId() {
  let id = local.get('device_id');
  if (!id) {
    id = randomId();
    local.set('device_id', id);
  }
  return id;
}

export function deviceName() {
  const agent = navigator.userAgent;
  const machine = /iPhone/.test(agent) ? 'iPhone'
    : /iPad/.test(agent) ? 'iPad'
    : /HarmonyOS|OpenHarmony/.test(agent) ? 'HarmonyOS'
    : /Android/.test(agent) ? 'Android'
    : /Windows/.test(agent) ? 'Windows'
    : /Mac OS/.test(agent) ? 'Mac'
    : 'Web';
  const browser = /MicroMessenger/.test(agent) ? '微信'
    : /DingTalk/.test(agent) ? '钉钉'
    : /Edg\//.test(agent) ? 'Edge'
    : /Firefox\//.test(agent) ? 'Firefox'
    : /Chrome\//.test(agent) ? 'Chrome'
    : /Safari\//.test(agent) ? 'Safari'
    : '浏览器';
  return machine + ' · ' + browser;
}

// ---- server clock --------------------------------------------------------------------------

let clockOffset = 0;
let clockIsPrecise = false;

/** Takes the server's own time as the truth; this machine's clock may be minutes wrong. */
export function setServerTime(text, precise) {
  const at = Date.parse(text);
  if (isNaN(at) || (clockIsPrecise && !precise)) return;
  clockOffset = at - Date.now() + (precise ? 0 : 500); // The Date header is cut to whole seconds.
  clockIsPrecise = Boolean(precise);
}

export function serverNow() {
  return Date.now() + clockOffset;
}

// ---- API -----------------------------------------------------------------------------------

export class ApiError extends Error {
  constructor(status, code, problem, retryAfter) {
    super(code);
    this.status = status;
    this.code = code;
    this.problem = problem || {};
    this.retryAfter = retryAfter || 0;
  }
  /** Nothing was decided: the same request may be sent again with the same Idempotency-Key. */
  get undecided() {
    return this.code === 'network' || this.status >= 500;
  }
}

/** The sentence that tells a person what to do next. `variant` picks a special wording, e.g. "typed". */
export function errorText(error, variant) {
  const values = { s: Math.max(1, Math.ceil(error.retryAfter || 0)) };
  if (variant && has('err.' + error.code + '_' + variant)) return t('err.' + error.code + '_' + variant, values);
  if (has('err.' + error.code)) return t('err.' + error.code, values);
  const problem = error.problem || {};
  if (problem.errors && problem.errors.length && problem.errors[0].message) return problem.errors[0].message;
  if (error.status >= 500) return t('err.internal');
  return problem.title || problem.detail || t('err.unknown');
}

/** One HTTP request without any log-in logic. `options`: body, bearer, key, accept, timeout. */
export async function request(method, path, options) {
  const wanted = options || {};
  const headers = { Accept: wanted.accept || 'application/json', 'Accept-Language': lang() === 'zh' ? 'zh-CN' : 'en' };
  if (wanted.bearer) headers.Authorization = 'Bearer ' + wanted.bearer;
  if (wanted.body !== undefined) headers['Content-Type'] = 'application/json';
  if (wanted.key) headers['Idempotency-Key'] = wanted.key;
  const abort = new AbortController();
  const timer = setTimeout(function () { abort.abort(); }, wanted.timeout || 15000);
  let response;
  let text;
  try {
    response = await fetch('/api/v1' + path, {
      method: method,
      headers: headers,
      body: wanted.body === undefined ? undefined : JSON.stringify(wanted.body),
      cache: 'no-store',
      credentials: 'same-origin',
      signal: abort.signal
    });
    text = await response.text();
  } catch (error) {
    throw new ApiError(0, 'network');
  } finally {
    clearTimeout(timer);
  }
  if (response.headers.get('Date')) setServerTime(response.headers.get('Date'), false);
  if (response.ok && wanted.accept) return text;
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch (error) {
    // A proxy's page instead of ours: only the status counts then.
    if (response.ok) throw new ApiError(502, 'internal');
  }
  if (response.ok) return data;
  const fallback = { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found', 409: 'conflict', 422: 'validation', 429: 'rate_limited' };
  const code = (data && data.code) || fallback[response.status] || (response.status >= 500 ? 'internal' : 'unknown');
  throw new ApiError(response.status, code, data, retrySeconds(response.headers.get('Retry-After')));
}

function retrySeconds(header) {
  if (!header) return 0;
  if (/^\d+$/.test(header)) return Number(header);
  const at = Date.parse(header);
  return isNaN(at) ? 0 : Math.max(0, (at - serverNow()) / 1000);
}

// ---- log-in --------------------------------------------------------------------------------

export function tokens() {
  return local.get('tokens');
}

export function keepTokens(answer) {
  local.set('tokens', {
    access_token: answer.access_token,
    refresh_token: answer.refresh_token,
    account_id: answer.account_id,
    name: answer.name
  });
}

export function forgetTokens() {
  local.remove('tokens');
}

export function logOut() {
  const held = tokens();
  forgetTokens();
  if (held) request('POST', '/auth/logout', { bearer: held.access_token }).catch(function () {});
}

/** A request as the person logged in: on 401 the tokens are refreshed once and the request repeated. */
export async function api(method, path, options) {
  const wanted = options || {};
  const held = tokens();
  if (!held) throw new ApiError(401, 'unauthorized');
  try {
    return await request(method, path, Object.assign({}, wanted, { bearer: held.access_token }));
  } catch (error) {
    if (error.status !== 401) throw error;
    await refresh(held.access_token);
    return request(method, path, Object.assign({}, wanted, { bearer: tokens().access_token }));
  }
}

let refreshing = null;

// One refresh at a time, over all tabs: a refresh token used twice looks like theft and ends the session.
function refresh(usedAccessToken) {
  if (!refreshing) {
    const work = function () { return refreshOnce(usedAccessToken); };
    const running = navigator.locks ? navigator.locks.request('lvzhi.refresh', work) : withLease(work);
    refreshing = running.finally(function () { refreshing = null; });
  }
  return refreshing;
}

async function refreshOnce(usedAccessToken) {
  const held = tokens();
  if (!held) throw new ApiError(401, 'session_revoked');
  if (held.access_token !== usedAccessToken) return; // Another tab has done it.
  try {
    keepTokens(Object.assign({}, held, await request('POST', '/auth/refresh', { body: { refresh_token: held.refresh_token } })));
  } catch (error) {
    if (error.undecided || error.status === 429) throw error;
    forgetTokens();
    throw new ApiError(401, 'session_revoked', error.problem);
  }
}

// Browsers before Web Locks: a lease in localStorage that a crashed tab cannot hold for long.
async function withLease(work) {
  const mine = randomId();
  const until = Date.now() + 20000;
  for (;;) {
    const lease = local.get('refresh_lease');
    if (!lease || lease.until < Date.now()) {
      local.set('refresh_lease', { owner: mine, until: Date.now() + 16000 });
      await pause(30);
      const now = local.get('refresh_lease');
      if (!now || now.owner === mine) break;
    }
    if (Date.now() > until) break;
    await pause(120);
  }
  try {
    return await work();
  } finally {
    local.remove('refresh_lease');
  }
}

export function pause(ms) {
  return new Promise(function (resolve) { setTimeout(resolve, ms); });
}

// ---- repeat safely -------------------------------------------------------------------------

/**
 * Sends a creating POST under an Idempotency-Key that stays the same until the server has answered for
 * certain, even over a reload: a lost answer can be asked for again and nothing happens twice.
 */
export async function postOnce(path, body) {
  const text = JSON.stringify(body);
  const owner = (tokens() || {}).account_id || '';
  let intent = tab.get('intent');
  if (!intent || intent.path !== path || intent.text !== text || intent.owner !== owner) {
    intent = { path: path, text: text, owner: owner, key: randomId() };
    tab.set('intent', intent);
  }
  try {
    const answer = await api('POST', path, { body: body, key: intent.key });
    tab.remove('intent');
    return answer;
  } catch (error) {
    if (!error.undecided && error.status !== 401) tab.remove('intent');
    throw error;
  }
}

// ---- times, always Beijing time: a sitting has one place ----------------------------------------

function two(number) {
  return (number < 10 ? '0' : '') + number;
}

function beijing(value) {
  const at = typeof value === 'number' ? value : Date.parse(value);
  return isNaN(at) ? null : new Date(at + 8 * 3600000);
}

export function clockTime(value, seconds) {
  const at = beijing(value);
  if (!at) return '';
  return two(at.getUTCHours()) + ':' + two(at.getUTCMinutes()) + (seconds ? ':' + two(at.getUTCSeconds()) : '');
}

const WEEKDAYS = { zh: ['日', '一', '二', '三', '四', '五', '六'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export function dayText(value, year) {
  const at = beijing(value);
  if (!at) return '';
  const day = at.getUTCDate();
  const month = at.getUTCMonth();
  if (lang() === 'zh') {
    return (year ? at.getUTCFullYear() + '年' : '') + (month + 1) + '月' + day + '日 星期' + WEEKDAYS.zh[at.getUTCDay()];
  }
  return WEEKDAYS.en[at.getUTCDay()] + ' ' + day + ' ' + MONTHS[month] + (year ? ' ' + at.getUTCFullYear() : '');
}

/** Day and time without the weekday, for narrow rows. */
export function shortTime(value) {
  return value ? dayText(value, false).replace(/ 星期.|^\w{3} /, '') + ' ' + clockTime(value) : '';
}

export function dayTime(value, year) {
  return value ? dayText(value, year) + ' ' + clockTime(value) : '';
}

export function minutesLeft(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const rest = two(Math.floor(seconds / 60) % 60) + ':' + two(seconds % 60);
  return hours ? hours + ':' + rest : rest;
}

/** `scheduled`, `draft`, … all mean the same to a visitor: not yet. */
export function sittingState(state) {
  return state === 'open' || state === 'closed' || state === 'cancelled' ? state : 'waiting';
}

// ---- DOM -----------------------------------------------------------------------------------

/** h('p.note', {id: 'x', onclick: f}, 'text', child): builds an element; false and null children are left out. */
export function h(spec, attributes) {
  const parts = spec.split('.');
  const node = document.createElement(parts[0]);
  if (parts.length > 1) node.className = parts.slice(1).join(' ');
  Object.keys(attributes || {}).forEach(function (name) {
    const value = attributes[name];
    if (value === null || value === undefined || value === false) return;
    if (name.slice(0, 2) === 'on') node.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'disabled') node[name] = value;
    else node.setAttribute(name, value === true ? '' : value);
  });
  for (let i = 2; i < arguments.length; i += 1) append(node, arguments[i]);
  return node;
}

function append(node, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) child.forEach(function (one) { append(node, one); });
  else node.appendChild(typeof child === 'object' ? child : document.createTextNode(String(child)));
}

const ICONS = {
  tick: 'M5 12.500l4.500 4.500L19 7.500',
  cross: 'M7 7l10 10M17 7L7 17',
  warn: 'M12 4.500L21 19.500H3zM12 10v4.500M12 17v.2',
  clock: 'M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 8v4.500l3 2',
  place: 'M12 21s-6.500-6-6.500-11a6.500 6.500 0 0 1 13 0c0 5-6.500 11-6.500 11zM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z',
  code: 'M4 9V5.500A1.500 1.500 0 0 1 5.500 4H9M15 4h3.500A1.500 1.500 0 0 1 20 5.500V9M20 15v3.500a1.500 1.500 0 0 1-1.500 1.500H15M9 20H5.500A1.500 1.500 0 0 1 4 18.500V15M8 12h8',
  offline: 'M3 3l18 18M8.500 16a5 5 0 0 1 7 0M5.500 12.500a9.500 9.500 0 0 1 4-2.300M18.500 12.500a9.500 9.500 0 0 0-4.200-2.400M2.500 9a14 14 0 0 1 4.200-2.700M21.500 9A14 14 0 0 0 11 5.100M12 19.500v.2',
  leave: 'M14 7V5.500A1.500 1.500 0 0 0 12.500 4h-6A1.500 1.500 0 0 0 5 5.500v13A1.500 1.500 0 0 0 6.500 20h6a1.500 1.500 0 0 0 1.500-1.500V17M10 12h11M18 9l3 3-3 3'
};

export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.appendChild(path);
  return svg;
}

export function replace(node, child) {
  while (node.firstChild) node.removeChild(node.firstChild);
  append(node, child);
}

/** The language and large-text switches: any element with data-tool="language" or "large". */
export function tools() {
  const large = local.get('large') === true;
  document.documentElement.classList.toggle('large', large);
  document.querySelectorAll('[data-tool="large"]').forEach(function (button) {
    button.setAttribute('aria-pressed', String(large));
    button.addEventListener('click', function () {
      const now = document.documentElement.classList.toggle('large');
      button.setAttribute('aria-pressed', String(now));
      local.set('large', now);
    });
  });
  document.querySelectorAll('[data-tool="language"]').forEach(function (button) {
    button.addEventListener('click', switchLanguage);
  });
}
