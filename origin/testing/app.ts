import type { Hono } from 'hono'
import { systemClock } from '../../shared/clock.ts'
import type { Observation } from '../../shared/http/handle.ts'
import { problems } from '../../shared/http/problems.ts'
import { makeTestRecord, testIds, testTokenKeys } from '../../shared/testing/paste.ts'
import { createOriginApp, type OriginAppOptions } from '../app.ts'
import type { NewPaste } from '../create.ts'
import { createTokens } from '../tokens.ts'

/** An origin's app over parts that only note what they were asked for. */

export const testTokens = createTokens(testTokenKeys)
export const TEST_PASTE_LIMIT = 1000

export function createTestApp(its: Partial<OriginAppOptions> = {}) {
  const made: NewPaste[] = []
  const removed: string[] = []
  const seen: Observation[] = []
  const head = { ...makeTestRecord().head, expiresAt: 1_900_000_000_000 }
  const app: Hono = createOriginApp({
    ids: testIds,
    tokens: testTokens,
    async createPaste(paste) {
      made.push(paste)
      return { head, deleteToken: 'the-token' }
    },
    async removePaste(id, reason) {
      removed.push(`${id} ${reason}`)
      return { propagated: true }
    },
    findStatus: async () => null,
    readStatus: () => Promise.reject(problems.notFound()),
    openPaste: async (id) => makeTestRecord('opened\n', { id, burn: true }),
    limits: {
      maxPasteBytes: TEST_PASTE_LIMIT,
      minTtlMs: 1000,
      defaultTtlMs: 60_000,
      maxTtlMs: 360_000_000,
    },
    writeTokens: null,
    clock: systemClock,
    observe: (observation) => seen.push(observation),
    publicUrl: 'https://p.example',
    contact: 'abuse@example.invalid',
    ...its,
  })
  const ask = async (method: string, path: string, init: RequestInit = {}) =>
    app.fetch(new Request(`http://ledge.test${path}`, { method, ...init }), {})
  return { ask, made, removed, seen, id: head.id }
}

export const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

export function multipart(fields: Readonly<Record<string, string | File>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return form
}
