import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Ledge as its users run it: a process of its own, known by what it prints and answers. */

/** What tidies up: a test's context, or the `after` of node:test. */
export interface Scope {
  after(fn: () => unknown): void
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
  /** Standard error: what an operator reads. */
  said: string
  /** Standard output: the log. */
  logged: string
}

export interface LedgeProcess {
  pid: number
  /** As it was printed. */
  url: string
  /** The command that it printed besides, for the shell. */
  command: string
  /** From the start of the process to its first answer. */
  readyMs: number
  /** Standard error so far. */
  said(): string
  exited: Promise<Exit>
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<Exit>
}

export interface Program {
  file: string
  args: string[]
  cwd?: string
}

const PROGRAM: Program = {
  file: process.execPath,
  args: [join(import.meta.dirname, '../../local/main.ts')],
}
const START_LIMIT_MS = 30_000
const END_LIMIT_MS = 15_000

/** Any free port, loopback alone, pastes without limit, and nothing of the environment that the tests run in. */
const SETTINGS = {
  HOST: '127.0.0.1',
  PORT: '0',
  ADMIN_PORT: '0',
  LOG_LEVEL: 'warn',
  CREATE_LIMIT: '0',
}

const ends = new WeakMap<Scope, (() => unknown)[]>()

/** Like `after`, but the last one first: a process ends before its folder goes. */
export function atEnd(scope: Scope, end: () => unknown): void {
  const known = ends.get(scope)
  if (known !== undefined) return void known.push(end)
  const list = [end]
  ends.set(scope, list)
  scope.after(async () => {
    for (const each of list.toReversed()) await each()
  })
}

export async function makeFolder(scope: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ledge-process-'))
  atEnd(scope, () => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Starts Ledge and waits for its first answer. It ends with the scope, whatever happens. */
export async function startLedge(
  scope: Scope,
  settings: Readonly<Record<string, string>>,
  program = PROGRAM,
): Promise<LedgeProcess> {
  const begun = performance.now()
  const run = launch(scope, settings, program)
  const limit = AbortSignal.timeout(START_LIMIT_MS)
  const [url, command] = await Promise.race([
    run.printed,
    run.exited.then((exit) => {
      throw new Error(`Ledge did not start (${exit.code ?? exit.signal}): ${exit.said}`)
    }),
    aborted(limit, () => `Ledge did not start in time: ${run.said()}`),
  ])
  const answer = await fetch(`${url}/healthz`, { signal: limit })
  if (!answer.ok) throw new Error(`Ledge answers ${answer.status} once started`)
  await answer.text()
  const { pid, said, exited, stop } = run
  return { pid, url, command, readyMs: performance.now() - begun, said, exited, stop }
}

/** Runs Ledge with settings that it should refuse, until it has ended by itself. */
export async function runLedge(
  scope: Scope,
  settings: Readonly<Record<string, string>>,
): Promise<Exit> {
  const run = launch(scope, settings, PROGRAM)
  const limit = AbortSignal.timeout(START_LIMIT_MS)
  return Promise.race([run.exited, aborted(limit, () => `Ledge did not end: ${run.said()}`)])
}

function launch(scope: Scope, settings: Readonly<Record<string, string>>, program: Program) {
  const { file, args, cwd } = program
  const child = spawn(file, args, {
    env: { ...SETTINGS, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what stands between must not leave Ledge behind.
    detached: true,
    ...(cwd !== undefined && { cwd }),
  })
  const kill = () => killGroup(child)
  process.once('exit', kill)
  const exited = collect(child).finally(() => process.off('exit', kill))
  atEnd(scope, async () => {
    kill()
    await exited
  })
  const { pid } = child
  if (pid === undefined) throw new Error('Ledge could not be spawned')
  let said = ''
  const printed = new Promise<[url: string, command: string]>((resolve) => {
    child.stderr.on('data', (chunk: string) => {
      said += chunk
      const [, url, command] = /^Ledge is at (\S+)\n(.+)\n/m.exec(said) ?? []
      if (url !== undefined && command !== undefined) resolve([url, command])
    })
  })
  return {
    pid,
    printed,
    exited,
    said: () => said,
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      child.kill(signal)
      const limit = AbortSignal.timeout(END_LIMIT_MS)
      return Promise.race([exited, aborted(limit, () => `${signal} did not end it: ${said}`)])
    },
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ESRCH'
    if (!isGone) throw error
  }
}

async function collect(child: ChildProcess & { stdout: object; stderr: object }): Promise<Exit> {
  const texts = { said: '', logged: '' }
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (texts.said += chunk))
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (texts.logged += chunk))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, ...texts }
}

async function aborted(signal: AbortSignal, message: () => string): Promise<never> {
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  throw new Error(message())
}

/** Asks again and again until the answer is what is waited for. */
export async function until<T>(
  ask: () => Promise<T>,
  isIt: (answer: T) => boolean,
  limitMs = 10_000,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const answer = await ask()
    if (isIt(answer)) return answer
    if (performance.now() > end) throw new Error(`waited in vain; last: ${String(answer)}`)
    await sleep(20)
  }
}
