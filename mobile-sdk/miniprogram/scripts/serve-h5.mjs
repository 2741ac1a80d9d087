// Serves the built H5 as the server does: strict policy, index.html for its addresses, /api passed on; for trying out and for tests.
//
//   node scripts/serve-h5.mjs http://127.0.0.1:8080 8081

import { createReadStream, existsSync, statSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../dist/build/h5', import.meta.url))
const POLICY =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.json': 'application/json', '.png': 'image/png' }
/** The addresses that stand in QR codes. */
const PAGES = /^\/(?:$|index\.html$|c(?:\/|$)|certificate(?:\/|$)|gate$)/

export function serveH5(server, port = 0) {
  const target = new URL(server)
  const app = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    if (pathname.startsWith('/api/')) {
      const passed = http.request({ host: target.hostname, port: target.port, path: request.url, method: request.method, headers: { ...request.headers, host: target.host } }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        answer.pipe(response)
      })
      passed.on('error', () => response.writeHead(502).end())
      request.pipe(passed)
      return
    }
    const file = PAGES.test(pathname) ? path.join(root, 'index.html') : path.join(root, path.normalize(pathname))
    if (!file.startsWith(root) || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream', 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    createReadStream(file).pipe(response)
  })
  return new Promise((resolve) => app.listen(port, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${app.address().port}`, close: () => new Promise((done) => { app.closeAllConnections(); app.close(done) }) })))
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { url } = await serveH5(process.argv[2] ?? 'http://127.0.0.1:8080', Number(process.argv[3] ?? 8081))
  console.log(`H5 at ${url}`)
}
