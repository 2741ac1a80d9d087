// Anyone who holds the link of a certificate of attendance sees here whether it is genuine.

import { t, has, onLanguage } from './i18n.js';
import { request, tools, errorText, dayText, dayTime, clockTime, h, icon, replace } from './common.js';

const main = document.getElementById('main');
const id = decodeURIComponent(location.pathname.split('/').filter(Boolean)[1] || '');

let certificate = null;
let failure = null;

async function read() {
  try {
    certificate = await request('GET', '/certificates/' + encodeURIComponent(id));
    failure = null;
  } catch (error) {
    failure = error;
  }
  draw();
}

function draw() {
  document.title = t('cert.title') + (certificate ? ' · ' + certificate.representative_name : '');
  if (failure) replace(main, failed());
  else if (certificate) replace(main, page(certificate));
}

function failed() {
  const missing = failure.status === 404 || failure.status === 400 || failure.status === 422;
  return [
    h('section.card.failed', { role: 'alert' },
      h('div.disc.bad', {}, icon(failure.code === 'network' ? 'offline' : 'cross')),
      h('h1', {}, t(missing ? 'cert.missing' : 'cert.title')),
      h('p', {}, missing ? t('cert.missing_text') : errorText(failure))),
    missing ? null : h('div.actions', {}, h('button.button', { type: 'button', onclick: read }, t('phone.retry')))
  ];
}

function verdict(one) {
  const key = one.revoked ? 'revoked' : one.valid ? 'valid' : 'invalid';
  return h('div.verdict' + (key === 'valid' ? '' : '.bad'), { role: 'status' },
    h('div.disc' + (key === 'valid' ? '' : '.bad'), {}, icon(key === 'valid' ? 'tick' : 'cross')),
    h('div', {}, h('strong', {}, t('cert.' + key)), h('span', {}, t('cert.' + key + '_text'))));
}

// The name stands out inside the sentence, wherever the language puts it.
function statement(name) {
  const parts = t('cert.body').split('{name}');
  return h('p.body', {}, parts[0], h('strong', {}, name), parts[1]);
}

function page(one) {
  const columns = ['sitting', 'when', 'at', 'state'];
  const cell = function (name, text) { return h('td', { 'data-label': t('cert.' + name) }, h('span', {}, text || '—')); };
  const good = one.valid && !one.revoked;
  return [
    verdict(one),
    h('article.card.paper' + (good ? '' : '.void'), { 'data-stamp': t(one.revoked ? 'cert.revoked' : 'cert.invalid') },
      h('p.congress', {}, one.congress_name),
      h('h1', {}, t('cert.title')),
      statement(one.representative_name),
      one.title ? h('p.sub', {}, one.title) : null,
      h('table', {},
        h('thead', {}, h('tr', {}, columns.map(function (name) { return h('th', { scope: 'col' }, t('cert.' + name)); }))),
        h('tbody', {}, (one.items || []).map(function (item) {
          return h('tr', {},
            cell('sitting', item.sitting_title),
            cell('when', dayTime(item.starts_at, true)),
            cell('at', item.at ? clockTime(item.at) : ''),
            cell('state', has('att.' + item.state) ? t('att.' + item.state) : item.state));
        }))),
      h('p.law.small', {}, t('cert.law')),
      h('p.issued', {}, one.congress_name, h('br', {}), dayText(one.issued_at, true)),
      h('dl.proof', {},
        h('div', {}, h('dt', {}, t('cert.number')), h('dd.mono', {}, id)),
        h('div', {}, h('dt', {}, t('cert.issued')), h('dd.mono', {}, dayTime(one.issued_at, true))),
        h('div', {}, h('dt', {}, t('cert.key')), h('dd.mono', {}, one.kid)),
        h('div', {}, h('dt', {}, t('cert.signature')), h('dd.mono', {}, one.signature)))),
    h('div.actions', {}, h('button.button', { type: 'button', onclick: function () { window.print(); } }, t('cert.print')))
  ];
}

tools();
onLanguage(draw);
if (id) read();
else {
  failure = { status: 404, code: 'not_found', problem: {} };
  draw();
}
