import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import { type LedgeProcess, makeFolder, type Scope, startLedge } from './process.ts'

/** Data that a first start left behind, and what is done with it over later ones. */

export const EXIT_CONFIG = 78

/** Called inside of a test, node:test's own `after` would be that test's. */
const wholeFile = createFileScope()

export type Address = Pick<LedgeProcess, 'url'>

export const KEPT = 'kept over every start\n'
let kept: ReturnType<typeof makeKept> | null = null

/** What the first start said and made. */
export function firstStart(): ReturnType<typeof makeKept> {
  return (kept ??= makeKept())
}

/** Data with one paste in it, left behind as it should be; made once, copied for each test. */
export async function copyKept(t: TestContext) {
  const { folder, path, token } = await firstStart()
  const dir = join(await makeFolder(t), 'data')
  await cp(folder, dir, { recursive: true })
  return { dir, path, token }
}

/** A first start, with the paste of the printed command and one with a token. */
async function makeKept() {
  const folder = join(await makeFolder(wholeFile), 'data')
  const { url, command, readyMs, said, stop } = await startLedge(wholeFile, { DATA_DIR: folder })
  const { stdout } = await promisify(execFile)('sh', ['-c', command])
  assert.equal(await (await fetch(stdout.trim())).text(), 'hello\n')
  const made = await paste({ url }, KEPT)
  const printed = said()
  await stop()
  return { folder, said: printed, readyMs, ...made }
}

function createFileScope(): Scope {
  const ends: (() => unknown)[] = []
  after(() => Promise.all(ends.map((end) => end())))
  return { after: (end) => void ends.push(end) }
}

export async function paste({ url }: Address, body: string | Buffer) {
  const answer = await fetch(url, { method: 'POST', body })
  assert.equal(answer.status, 201)
  const { pathname: path } = new URL((await answer.text()).trim())
  return { path, token: answer.headers.get('x-token') ?? '' }
}

export function remove({ url }: Address, path: string, token: string): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'DELETE', headers: { 'x-token': token } })
}

export async function read(address: Address, path: string): Promise<string> {
  return (await readBytes(address, path)).toString()
}

export async function readBytes({ url }: Address, path: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(`${url}/raw${path}`)).arrayBuffer())
}

export function oneLine(said: string): string {
  assert.match(said, /^[^\n]+\n$/, 'one line')
  return said
}
