import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { fileURLToPath } from 'node:url'
import { globalSetup, globalTeardown } from '../setup.ts'
import type { Mutant } from './mutant.ts'
import { mutants } from './table.ts'

/**
 * Takes out one guard at a time, in a copy of the tree, and demands that the test named for it
 * turns red. Arguments: parts of mutants' names, to run only those.
 */

interface Result {
  outcome: 'passed' | 'failed' | 'broken'
  /** What was said when it did not pass. */
  message: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const LEFT_OUT = new Set(['node_modules', '.git', 'data', 'coverage'])
const TIMEOUT_MS = 20_000
/** Copies of the tree, each with one mutant at a time. */
const COPIES = 2
/** What a replacement that is nonsense throws: no test found anything out then. */
const NONSENSE = new Set(['ReferenceError', 'SyntaxError'])

async function copyTree(folder: string): Promise<void> {
  await cp(root, folder, {
    recursive: true,
    filter: (source) => !LEFT_OUT.has(relative(root, source)),
  })
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
}

/** Runs the one test. `broken` also when there is not exactly one of that name. */
async function runTest(folder: string, mutant: Mutant): Promise<Result> {
  const results: Result[] = []
  let around = ''
  const stream = run({
    cwd: folder,
    files: [join(folder, mutant.testFile)],
    testNamePatterns: [new RegExp(`^${escape(mutant.test)}$`)],
    timeout: TIMEOUT_MS,
    // A loop without an end does not hear of the time-out: its process is ended.
    signal: AbortSignal.timeout(2 * TIMEOUT_MS),
  })
  stream.on('test:pass', ({ name, skip }) => {
    if (name !== mutant.test) return
    const skipped = skip !== undefined && skip !== false
    results.push({ outcome: skipped ? 'broken' : 'passed', message: skipped ? 'skipped' : '' })
  })
  stream.on('test:fail', ({ name, details: { error } }) => {
    if (name === mutant.test) results.push(failureOf(error))
    else around = `${name}: ${error.message}`
  })
  for await (const event of stream) void event
  const [result] = results
  if (result !== undefined && results.length === 1) return result
  return { outcome: 'broken', message: `${results.length} such tests; ${around}` }
}

/** Only what the test itself found out counts: not a hang, a crash or a nonsensical replacement. */
function failureOf(error: Error): Result {
  const { cause } = error
  const type = 'failureType' in error ? String(error.failureType) : 'unknown'
  const isNonsense = cause instanceof Error && NONSENSE.has(cause.name)
  const message = cause instanceof Error ? cause.message : error.message
  const found = type === 'testCodeFailure' && !isNonsense
  return { outcome: found ? 'failed' : 'broken', message: `${type}: ${message}` }
}

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

/** @returns why the mutant is not killed, or null */
async function judge(folder: string, mutant: Mutant): Promise<string | null> {
  const before = await runTest(folder, mutant)
  if (before.outcome !== 'passed') return `without it: ${before.outcome}, ${before.message}`
  const path = join(folder, mutant.file)
  const original = await readFile(path, 'utf8')
  const parts = original.split(mutant.find)
  if (parts.length !== 2) return `its text is there ${parts.length - 1} times`
  try {
    await writeFile(path, parts.join(mutant.replace))
    const { outcome, message } = await runTest(folder, mutant)
    if (outcome === 'failed') return null
    return outcome === 'passed' ? 'SURVIVED' : `${outcome}, ${message}`
  } finally {
    await writeFile(path, original)
  }
}

async function work(folder: string, queue: Mutant[]): Promise<number> {
  await copyTree(folder)
  let alive = 0
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const begun = performance.now()
    const why = await judge(folder, mutant)
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    const verdict = why === null ? '✔ killed' : '✖ NOT KILLED'
    console.log(`${verdict}: ${mutant.name} (${seconds} s)`)
    console.log(`  by ${mutant.testFile}: ${mutant.test}`)
    if (why === null) continue
    console.log(`  ${why}`)
    alive += 1
  }
  return alive
}

const wanted = process.argv.slice(2)
const queue = mutants.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
)
const total = queue.length
const folder = await mkdtemp(join(tmpdir(), 'ledge-mutants-'))
try {
  await globalSetup()
  const copies = Array.from({ length: COPIES }, (_, n) => work(join(folder, `copy${n}`), queue))
  const alive = (await Promise.all(copies)).reduce((sum, each) => sum + each, 0)
  console.log(`mutants: ${total - alive} killed, ${alive} not killed`)
  process.exitCode = alive === 0 && total > 0 ? 0 : 1
} finally {
  await globalTeardown()
  await rm(folder, { recursive: true, force: true })
}
