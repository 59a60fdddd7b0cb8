import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs, {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { LockError, acquireLock } from './lock.ts'

const LOCK_MODULE = JSON.stringify(new URL('./lock.ts', import.meta.url).href)

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'ledge-lock-'))
  t.after(() => rmSync(dir, { recursive: true }))
  return dir
}

function lockFiles(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.startsWith('lock'))
}

/** A process that takes the lock at the byte it is sent, says so, and holds on. */
function contender(t: TestContext, dir: string): ChildProcess {
  const script = `
    import { acquireLock } from ${LOCK_MODULE}
    process.stdout.write('ready\\n')
    process.stdin.on('data', () => {
      try { acquireLock(${JSON.stringify(dir)}); process.stdout.write('won\\n') }
      catch (error) { process.stdout.write(error.name + '\\n') }
    })
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function line(child: ChildProcess): Promise<string> {
  assert.ok(child.stdout)
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer]
  return chunk.toString().trim()
}

async function ask(child: ChildProcess): Promise<string> {
  const answer = line(child)
  child.stdin?.write('go\n')
  return await answer
}

const refusal = (dir: string, pattern: RegExp) =>
  assert.throws(
    () => acquireLock(dir),
    (error) => {
      assert.ok(error instanceof LockError)
      assert.match(error.message, pattern)
      assert.doesNotMatch(error.message, /\n/)
      return true
    },
  )

test('a lock keeps others out until it is released', (t) => {
  const dir = folder(t)
  const lock = acquireLock(dir)
  refusal(dir, new RegExp(`process ${process.pid}\\) uses .*: stop it, or set DATA_DIR`))
  lock.release()
  acquireLock(dir).release()
})

test('the folder is made, for its owner alone', (t) => {
  const dir = join(folder(t), 'a', 'b')
  acquireLock(dir).release()
  assert.equal(statSync(dir).mode & 0o777, 0o700)
})

test('releasing twice does not release the next holder’s lock', (t) => {
  const dir = folder(t)
  const first = acquireLock(dir)
  first.release()
  const second = acquireLock(dir)
  first.release()
  refusal(dir, /uses/)
  second.release()
})

test('whoever lost the lock to somebody else does not release theirs', (t) => {
  const dir = folder(t)
  const robbed = acquireLock(dir)
  const [name] = lockFiles(dir)
  writeFileSync(join(dir, name ?? ''), '')
  const next = acquireLock(dir)
  robbed.release()
  refusal(dir, /uses/)
  next.release()
})

test('one small file is left behind, however often the lock changes hands', (t) => {
  const dir = folder(t)
  for (let round = 0; round < 5; round += 1) acquireLock(dir).release()
  assert.deepEqual(lockFiles(dir), ['lock.5'])
})

test('the lock of a process that was killed is taken over', async (t) => {
  const dir = folder(t)
  const child = contender(t, dir)
  assert.equal(await line(child), 'ready')
  assert.equal(await ask(child), 'won')
  refusal(dir, new RegExp(`process ${child.pid}\\)`))
  child.kill('SIGKILL')
  await once(child, 'exit')
  acquireLock(dir).release()
})

test('of many contenders for a dead process’s lock one wins', async (t) => {
  const dir = folder(t)
  const dead = JSON.stringify({ pid: 2 ** 22 + 1, start: null })
  const children = Array.from({ length: 4 }, () => contender(t, dir))
  await Promise.all(children.map(line))
  for (let round = 0; round < 3; round += 1) {
    for (const name of lockFiles(dir)) rmSync(join(dir, name))
    writeFileSync(join(dir, 'lock.7'), dead)
    const answers = children.map(line)
    for (const child of children) child.stdin?.write('go\n')
    assert.deepEqual((await Promise.all(answers)).toSorted(), [
      ...Array.from({ length: 3 }, () => 'LockError'),
      'won',
    ])
  }
})

test('a live process with the pid of the holder, but not its start, holds nothing', (t) => {
  if (!existsSync('/proc/self/stat')) return t.skip('there is no /proc here')
  const dir = folder(t)
  acquireLock(dir)
  const file = join(dir, 'lock.1')
  const holder: unknown = JSON.parse(readFileSync(file, 'utf8'))
  assert.ok(typeof holder === 'object' && holder !== null && 'start' in holder)
  assert.match(String(holder.start), /^[0-9a-f-]{36}\/\d+$/)
  writeFileSync(file, JSON.stringify({ ...holder, start: `${String(holder.start)}1` }))
  acquireLock(dir).release()
})

test('a process that has ended but is not waited for holds nothing', async (t) => {
  if (!existsSync('/proc/self/stat')) return t.skip('there is no /proc here')
  const dir = folder(t)
  // `sleep` takes the shell's place and never waits for the child that the shell started.
  const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 60'])
  t.after(() => parent.kill('SIGKILL'))
  const pid = Number(await line(parent))
  while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await setImmediate()
  parent.stdin.end()
  const fields = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  while (fields()[0] !== 'Z') await setImmediate()
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const start = `${boot}/${fields()[19]}`
  writeFileSync(join(dir, 'lock.1'), JSON.stringify({ pid, start }))
  acquireLock(dir).release()
  return undefined
})

test('a holder without a start is alive while its pid is', (t) => {
  const dir = folder(t)
  writeFileSync(join(dir, 'lock.1'), JSON.stringify({ pid: process.pid, start: null }))
  refusal(dir, /uses/)
})

test('whoever looked too early finds out, takes nothing and leaves the winner’s lock', (t) => {
  const dir = folder(t)
  acquireLock(dir)
  fs.renameSync(join(dir, 'lock.1'), join(dir, 'lock.9'))
  const read: (path: string) => string[] = fs.readdirSync
  const outdated = t.mock.method(fs, 'readdirSync', (path: string) =>
    outdated.mock.callCount() === 0 ? ['lock.1'] : read(path),
  )
  syncBuiltinESMExports()
  t.after(() => {
    outdated.mock.restore()
    syncBuiltinESMExports()
  })
  refusal(dir, /uses/)
  assert.deepEqual(lockFiles(dir), ['lock.9'])
})

test('damaged locks are nobody’s', (t) => {
  const dir = folder(t)
  const file = join(dir, 'lock.3')
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (content) => {
      for (const name of lockFiles(dir)) rmSync(join(dir, name))
      writeFileSync(file, content)
      acquireLock(dir).release()
    }),
    { numRuns: 50 },
  )
})

test('a folder that cannot be used is a clear error', (t) => {
  const dir = folder(t)
  const file = join(dir, 'file')
  writeFileSync(file, '')
  refusal(file, /^cannot use .*: it is not a folder; set DATA_DIR/)
  refusal(join(file, 'below'), /it is not a folder/)
  refusal('/dev/null/x', /it is not a folder/)
})
