// The front door: where to go; in demo mode also the accounts and the messages a newcomer needs.

import { t, has, onLanguage } from './i18n.js';
import { request, tools, clockTime, h, replace } from './common.js';

const $ = function (name) { return document.getElementById(name); };

let accounts = [];
let messages = null;
let stale = false;
let seen = '';

async function readDemo() {
  try {
    const answer = await request('GET', '/demo/messages');
    messages = answer.items || [];
    if (answer.accounts) accounts = answer.accounts;
    stale = false;
  } catch (error) {
    if (error.status === 404) return; // Not in demo mode: nothing to show and nothing to ask again.
    stale = true;
  }
  draw();
  setTimeout(whenVisible, stale ? 5000 : 2000);
}

function whenVisible() {
  if (document.visibilityState === 'visible') readDemo();
  else document.addEventListener('visibilitychange', readDemo, { once: true });
}

async function readAccounts() {
  try {
    accounts = (await request('GET', '/demo/accounts')).items || [];
  } catch (error) {
    accounts = [];
  }
  drawn = '';
  draw();
}

let drawn = '';

function draw() {
  if (!messages) return;
  if ($('demo').hidden) {
    $('demo').hidden = false;
    if (!accounts.length) readAccounts();
  }
  const key = JSON.stringify([messages, stale, accounts.length, t('app.name')]);
  if (key === drawn) return;
  drawn = key;
  drawAccounts();
  drawMessages();
  const hall = accounts.filter(function (one) { return one.url; })[0];
  if (hall) {
    const link = $('hall-link');
    link.href = hall.url;
    link.target = '_blank';
    link.rel = 'noopener';
    link.setAttribute('data-t', 'index.hall_open');
    link.textContent = t('index.hall_open');
    $('hall-how').hidden = true;
  }
}

function how(one) {
  if (one.url) return h('a', { href: one.url, target: '_blank', rel: 'noopener' }, t('index.how_link'));
  if (!one.password) return t('index.how_sms');
  return [t('index.how_password'), one.totp_secret ? h('span.mono.secret', {}, one.totp_secret) : null];
}

function drawAccounts() {
  const people = accounts.filter(function (one) { return one.phone || one.login || one.url; });
  replace($('accounts'), people.length ? h('div.scroll', {}, h('table', {},
    h('thead', {}, h('tr', {}, ['role', 'name', 'login', 'password', 'how'].map(function (name) { return h('th', { scope: 'col' }, t('index.col_' + name)); }))),
    h('tbody', {}, people.map(function (one) {
      return h('tr', {},
        h('td', {}, has('role.' + one.role) ? t('role.' + one.role) : one.role),
        h('td', {}, one.name),
        h('td', {}, one.url ? '' : h('span.mono', {}, one.phone || one.login)),
        h('td', {}, one.password ? h('span.mono', {}, one.password) : ''),
        h('td', {}, how(one)));
    })))) : h('p.sub', {}, t('index.accounts_none')));
}

function drawMessages() {
  const list = messages.slice().sort(function (a, b) { return Date.parse(b.at) - Date.parse(a.at); }).slice(0, 5);
  const newest = list.length ? list[0].at : '';
  const rows = list.map(function (one) {
    return h(seen && one.at > seen ? 'li.new' : 'li', {},
      h('div.from', {}, h('span.mono', {}, t('index.messages_to', { to: one.to })), h('span.mono', {}, clockTime(one.at, true))),
      h('p', {}, one.text));
  });
  seen = newest || seen;
  replace($('messages'), [stale ? h('li.sub', {}, t('index.messages_stale')) : null, rows.length ? rows : h('li.sub', {}, t('index.messages_none'))]);
}

tools();
onLanguage(function () {
  document.title = t('index.title');
  drawn = '';
  draw();
});
document.title = t('index.title');
readDemo();
