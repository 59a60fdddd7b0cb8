import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The servers are processes of their own, asked over IPC for what they have spent. */

/** What a bare server is to say to every request. */
export interface FixedAnswer {
  status: number
  headers: Record<string, string>
  /** Base64. */
  body: string
}

export interface Usage {
  /** User and system time of the process. */
  cpuMicros: number
  requests: number
}

export interface MemoryUsage {
  /** heapUsed + external after a full collection. */
  bytes: number
  rss: number
  /** What the edge's own accounting says. */
  believed: number
  entries: number
}

/** What a server may be asked, with what it answers. */
export interface Questions {
  usage: { given: null; answer: Usage }
  memory: { given: null; answer: MemoryUsage }
  /** @returns a path under which a 10 KiB paste can be read */
  publish: { given: null; answer: string }
  say: { given: FixedAnswer; answer: null }
}

export interface Child {
  port: number
  ask<Q extends keyof Questions>(
    question: Q,
    given: Questions[Q]['given'],
  ): Promise<Questions[Q]['answer']>
  close(): Promise<void>
}

export type Handlers = {
  [Q in keyof Questions]?: (
    given: Questions[Q]['given'],
  ) => Questions[Q]['answer'] | Promise<Questions[Q]['answer']>
}

/** @param file a module of this folder that calls `serveParent` */
export async function startChild(
  file: string,
  { args = [], execArgv = [] }: { args?: string[]; execArgv?: string[] } = {},
): Promise<Child> {
  const child = fork(join(import.meta.dirname, file), args, { execArgv })
  const died = once(child, 'exit').then(() => {
    throw new Error(`${file} ended`)
  })
  died.catch(() => undefined)
  const nextMessage = async () => {
    const [message] = (await Promise.race([once(child, 'message'), died])) as [unknown]
    return message
  }
  const port = (await nextMessage()) as number
  return {
    port,
    async ask(question, given) {
      const answered = nextMessage()
      child.send({ question, given })
      return (await answered) as never
    },
    async close() {
      child.disconnect()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** The child's side: says where it listens, and answers until the parent goes away. */
export function serveParent(port: number, handlers: Handlers, close: () => void): void {
  process.on('message', (message: { question: keyof Questions; given: never }) => {
    const answer = handlers[message.question]?.(message.given)
    void Promise.resolve(answer).then((value) => process.send?.(value ?? null))
  })
  process.once('disconnect', close)
  process.send?.(port)
}

export function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
