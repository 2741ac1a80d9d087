// Applies the reader's language and brightness before anything is drawn; the page itself works without it.

(function () {
  var root = document.documentElement
  function kept(name) {
    try { return localStorage.getItem('lvzhi.docs.' + name) } catch (error) { return null }
  }
  var asked = /[?&]lang=(zh|en)\b/.exec(location.search)
  var language = asked ? asked[1] : kept('language')
  if (language === 'en') root.lang = 'en'
  var theme = kept('theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  root.setAttribute('data-theme', theme)
  // A server that shows the start page for every path: the page that was asked for lies beside it.
  var page = /\/docs\/(\w+)$/.exec(location.pathname)
  if (page && root.getAttribute('data-page') === 'index') location.replace('/docs/' + page[1] + '.html' + location.hash)
})()
