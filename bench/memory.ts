import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { testIds } from '../shared/testing/paste.ts'
import { getRequest, openClient } from './client.ts'
import { type MemoryUsage, startChild } from './child.ts'

/** What a paste of 1 KiB in an edge's memory costs, read over HTTP. */

/**
 * `random` is stored as it is. `text` is stored compressed and asked for by who cannot unpack it, so
 * that memory keeps the text too.
 */
export type Content = 'random' | 'text'

export interface MemoryResult {
  content: Content
  when: string
  pastes: number
  /** Growth of heapUsed + external, a paste. */
  bytes: number
  /** Growth of the resident set, a paste: what the machine sees. */
  rss: number
  /** What the edge's own accounting says, a paste. */
  believed: number
}

const CONNECTIONS = 16
/** Pastes read before the first measurement: code and tables that are not of any paste. */
const WARM_UP = 2000

export async function measureMemory(
  content: Content,
  pastes: number,
  report: (result: MemoryResult) => void,
): Promise<void> {
  const child = await startChild('edge-process.ts', {
    args: [content],
    execArgv: ['--expose-gc'],
  })
  const client = await openClient(child.port, CONNECTIONS)
  const read = (paths: readonly string[]) =>
    client.run(paths.length, 200, (index) => getRequest(paths[index] ?? ''))

  const warmUp = makePaths(WARM_UP)
  await read(warmUp)
  await read(warmUp)
  const before = await child.ask('memory', null)
  const paths = makePaths(pastes)

  function growth(when: string, after: MemoryUsage): MemoryResult {
    assert.equal(after.entries, before.entries + pastes)
    const each = (field: keyof MemoryUsage) => (after[field] - before[field]) / pastes
    return {
      content,
      when,
      pastes,
      bytes: each('bytes'),
      rss: each('rss'),
      believed: each('believed'),
    }
  }

  await read(paths)
  report(growth('read once', await child.ask('memory', null)))
  await read(paths)
  // The headers of a second's answers go with the first answer of a later one.
  await sleep(1100)
  await read(paths.slice(0, 1))
  report(growth('read again, a memory hit', await child.ask('memory', null)))
  client.close()
  await child.close()
}

function makePaths(count: number): string[] {
  return Array.from({ length: count }, () => `/${testIds.make()}`)
}
