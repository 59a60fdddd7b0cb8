import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { makeFolder, startLedge } from './support/process.ts'

/** What a newcomer does first: README's two commands, on a machine that knows nothing. */

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '..')
const COLD_LIMIT_MS = 60_000
const WARM_LIMIT_MS = 240_000
const ANSWER_LIMIT_MS = 15_000

test("a fresh clone answers within 15 s of README's npm start", { timeout: 360_000 }, async (t) => {
  const clone = join(await makeFolder(t), 'ledge')
  await run('git', ['clone', '--quiet', '--no-hardlinks', ROOT, clone])
  assert.match(await readFile(join(clone, 'README.md'), 'utf8'), /^npm ci && npm start\b/m)
  const home = await makeFolder(t)
  const { PATH = '' } = process.env
  const env = { PATH, HOME: home, npm_config_registry: await npmSetting('registry') }
  if (!(await install(t, clone, env))) return

  // The ports are README's in all but their number: those may be taken.
  const ledge = await startLedge(t, env, { file: 'npm', args: ['start'], cwd: clone })
  assert.ok(ledge.readyMs < ANSWER_LIMIT_MS, `${ledge.readyMs} ms`)
  const { stdout } = await run('sh', ['-c', ledge.command])
  assert.equal(await (await fetch(stdout.trim())).text(), 'hello\n')
  t.diagnostic(`npm start answered after ${Math.round(ledge.readyMs)} ms`)

  await ledge.stop()
  await assert.rejects(fetch(ledge.url), 'npm has left nothing behind')
  const again = await startLedge(t, env, { file: 'npm', args: ['start'], cwd: clone })
  assert.equal((await fetch(`${again.url}${new URL(stdout.trim()).pathname}`)).status, 200)
})

/** @returns false, having skipped the test, where no registry can be reached */
async function install(t: TestContext, cwd: string, env: Record<string, string>) {
  const begun = performance.now()
  try {
    await run('npm', ['ci'], { cwd, env, timeout: COLD_LIMIT_MS, killSignal: 'SIGKILL' })
    t.diagnostic(`npm ci with an empty home: ${Math.round(performance.now() - begun)} ms`)
    return true
  } catch (error) {
    if (!isSlow(error)) return skipUnreachable(t, error)
  }
  t.diagnostic(`npm ci with an empty home took over ${COLD_LIMIT_MS} ms; taking the user's cache`)
  const warm = { ...env, npm_config_cache: await npmSetting('cache') }
  await run('npm', ['ci', '--prefer-offline'], { cwd, env: warm, timeout: WARM_LIMIT_MS })
  return true
}

function isSlow(error: unknown): boolean {
  return error instanceof Error && 'killed' in error && error.killed === true
}

function skipUnreachable(t: TestContext, error: unknown): false {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
  const isUnreachable = /\b(ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT)\b/.test(said)
  if (!isUnreachable || process.env.CI === 'true') throw error
  t.skip('no registry can be reached from here')
  return false
}

async function npmSetting(name: 'cache' | 'registry'): Promise<string> {
  const { stdout } = await run('npm', ['config', 'get', name])
  return stdout.trim()
}
