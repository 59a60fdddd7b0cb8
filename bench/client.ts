import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * A client on bare sockets that stays connected and asks for one thing at a time. It is as lean as
 * can be: on a machine with two cores it must not be what limits the server.
 */

export interface Answer {
  status: number
  /** Status line and headers, without the empty line. */
  head: string
  body: Buffer
}

export interface Client {
  /** Sends what `requestOf` makes of 0 … count - 1; each answer must have this status. */
  run(count: number, status: number, requestOf: (index: number) => string): Promise<void>
  ask(request: string): Promise<Answer>
  close(): void
}

const HEAD_END = '\r\n\r\n'

export async function openClient(port: number, connections: number): Promise<Client> {
  const opened = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const [first] = opened
  if (first === undefined) throw new RangeError('a client needs a connection')
  return {
    ask: first.ask,
    async run(count, status, requestOf) {
      let next = 0
      async function drive({ ask }: Pick<Client, 'ask'>): Promise<void> {
        while (next < count) {
          const answer = await ask(requestOf(next++))
          if (answer.status !== status) throw new Error(`not ${status}: ${answer.head}`)
        }
      }
      const rest = stayAwake()
      await Promise.all(opened.map(drive)).finally(rest)
    },
    close: () => opened.forEach(({ socket }) => socket.destroy()),
  }
}

/**
 * Waking a sleeping process is charged to the one that wrote to it: with a client that falls asleep
 * whenever the server is slow, a slow server would be charged for more than what it does.
 * @returns lets it sleep again
 */
function stayAwake(): () => void {
  let spinning = setImmediate(spin)
  function spin(): void {
    spinning = setImmediate(spin)
  }
  return () => clearImmediate(spinning)
}

/** A GET of HTTP/1.1 with the headers of an ordinary command-line client. */
export function getRequest(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({
    host: '127.0.0.1',
    'user-agent': 'curl/8.14.1',
    accept: '*/*',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

async function openConnection(port: number) {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  await once(socket, 'connect')
  return { socket, ask: createAsk(socket) }
}

function createAsk(socket: Socket): Client['ask'] {
  let waiting: PromiseWithResolvers<Answer> | null = null
  let received: Buffer = Buffer.alloc(0)

  function fail(error: Error): void {
    waiting?.reject(error)
    waiting = null
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection')))
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = parseAnswer(received)
    if (answer === null) return
    received = Buffer.alloc(0)
    waiting?.resolve(answer)
  })

  return (request) => {
    waiting = Promise.withResolvers<Answer>()
    socket.write(request, 'latin1')
    return waiting.promise
  }
}

/** @returns null while bytes are missing @throws Error when there are too many */
function parseAnswer(bytes: Buffer): Answer | null {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return null
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)
  const missing = headEnd + HEAD_END.length + Number(length?.[1] ?? 0) - bytes.length
  if (missing < 0) throw new Error(`${-missing} bytes too many behind: ${head}`)
  if (missing > 0) return null
  const body = bytes.subarray(headEnd + HEAD_END.length)
  return { status: Number(head.slice(9, 12)), head, body }
}

/** The headers of an answer, but for those which say when and by which connection it came. */
export function headersOf({ head }: Answer): Record<string, string> {
  const pairs = head
    .split('\r\n')
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(': ') + 2)] as const)
  return Object.fromEntries(
    pairs.filter(([name]) => !['date', 'connection', 'keep-alive'].includes(name.toLowerCase())),
  )
}
