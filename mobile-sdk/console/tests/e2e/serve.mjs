// Serves the built console under its policy and hands everything else to the real server, as long as that does not embed it.
import { createReadStream, existsSync, statSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url))
export const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' }

/** The file for an address, or null when it is the server's. */
function fileFor(pathname) {
  if (pathname.startsWith('/screen/')) return path.join(DIST, 'screen.html')
  if (pathname !== '/console' && !pathname.startsWith('/console/')) return null
  const wanted = path.join(DIST, path.normalize(pathname.slice('/console'.length)))
  if (wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile()) return wanted
  // Every other address below /console/ is a page of the one application.
  return path.extname(pathname) ? undefined : path.join(DIST, 'index.html')
}

export function serve(port, upstream) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost')
    const file = fileFor(pathname)
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    if (file) {
      response.writeHead(200, {
        'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': file.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache'
      })
      createReadStream(file).pipe(response)
      return
    }
    const onward = http.request({ host: '127.0.0.1', port: upstream, path: request.url, method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  // WebSockets: the bytes of the handshake are passed on as they came.
  server.on('upgrade', (request, socket, head) => {
    const onward = net.connect(upstream, '127.0.0.1', () => {
      const headers = request.rawHeaders.reduce((text, part, n) => text + part + (n % 2 ? '\r\n' : ': '), '')
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers}\r\n`)
      onward.write(head)
      socket.pipe(onward).pipe(socket)
    })
    const end = () => { socket.destroy(); onward.destroy() }
    onward.on('error', end)
    socket.on('error', end)
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}
