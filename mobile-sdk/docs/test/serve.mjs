// A small server for dist/ as the real one shows it at /docs/, with the same strict Content-Security-Policy.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml' }
export const CSP = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"

/** `plain`: every path that is no file is the start page, without looking for `<path>.html` first. */
export async function serve({ plain = false } = {}) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname
    const name = path.startsWith('/docs/') ? path.slice('/docs/'.length) : undefined
    const found = name !== undefined && [name, ...(plain ? [] : [`${name}.html`]), 'index.html'].find((one) => isFile(one))
    // The real server answers these two itself.
    if (!found || name.startsWith('try/')) {
      response.writeHead(path === '/openapi.json' || path === '/docs/try/' ? 200 : 404).end()
      return
    }
    response.writeHead(200, { 'content-type': TYPES[extname(found)], 'content-security-policy': CSP, 'x-content-type-options': 'nosniff' })
    response.end(readFileSync(dist + found))
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${server.address().port}/docs/`,
    stop: () => new Promise((done) => {
      server.close(done)
      server.closeAllConnections()
    }),
  }
}

const isFile = (name) => !name.includes('..') && existsSync(dist + name) && statSync(dist + name).isFile()
