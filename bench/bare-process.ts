import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpuMicros, serveParent } from './child.ts'

/** The anchor: what Node's own server takes to send these bytes under these headers, no more. */

let status = 503
let headers: Record<string, string> = {}
let body: Buffer | undefined
let requests = 0

// As shared/http/serve.ts, so that the headers about the connection are the same.
const server = createServer({ keepAliveTimeout: 75_000 }, (_request, response) => {
  requests += 1
  response.writeHead(status, headers)
  response.end(body)
})
server.listen({ host: '127.0.0.1', port: 0 })
await once(server, 'listening')

serveParent(
  (server.address() as AddressInfo).port,
  {
    usage: () => ({ cpuMicros: cpuMicros(), requests }),
    say(answer) {
      ;({ status, headers } = answer)
      body = answer.body === '' ? undefined : Buffer.from(answer.body, 'base64')
      return null
    },
  },
  () => {
    server.close()
    server.closeAllConnections()
  },
)
