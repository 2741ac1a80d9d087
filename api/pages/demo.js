// The front door of a demo: the accounts, refreshed so that second factors are good, and the messages as they are sent.

const REFRESH_MS = 2000;
const ACCOUNTS_MS = 15000;

const roles = {
  admin: '管理员', clerk: '会务', liaison: '人代工委', supervisor: '督办', handler: '经办人',
  representative: '代表', voter: '选民', screen: '会场大屏',
};

const at = (name) => document.getElementById(name);

async function read(path) {
  const answer = await fetch(`/api/v1/demo/${path}`, { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()).items;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function drawAccounts(accounts) {
  const screen = accounts.find((account) => account.url);
  if (screen) at('screen').href = screen.url;
  const rows = accounts.filter((account) => account.login || account.phone).map((account) => {
    const row = element('tr');
    row.append(
      element('td', roles[account.role] ?? account.role),
      element('td', account.name),
      element('td', account.login ?? account.phone, 'code'),
      element('td', account.password, 'code'),
      element('td', account.totp_code, 'code'),
    );
    return row;
  });
  at('accounts').replaceChildren(...rows);
}

function drawMessages(messages) {
  const rows = messages.map((message) => {
    const row = element('li');
    const when = new Date(message.at).toLocaleTimeString('zh-CN', { hour12: false });
    row.append(element('span', `${message.to} · ${when}`, 'from'), element('p', message.text));
    return row;
  });
  const none = element('li', '还没有短信 · no message yet', 'note');
  at('messages').replaceChildren(...(rows.length ? rows : [none]));
}

let shown = '';
let accountsAt = 0;

async function refresh() {
  try {
    if (Date.now() - accountsAt > ACCOUNTS_MS) {
      drawAccounts(await read('accounts'));
      accountsAt = Date.now();
    }
    const messages = await read('messages');
    const text = JSON.stringify(messages);
    if (text !== shown) drawMessages(messages);
    shown = text;
  } catch {
    // The server is being restarted; the next round finds it again.
  }
  setTimeout(refresh, REFRESH_MS);
}

refresh();
