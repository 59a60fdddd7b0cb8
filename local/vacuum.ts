import type { Queryable } from '../origin/database.ts'

/** PGlite has no autovacuum: without this its tables and indexes would grow with every change. */

const EVERY_MS = 600_000

/** @returns stops it */
export function scheduleVacuum(
  database: Queryable,
  onError: (error: unknown) => void,
  everyMs = EVERY_MS,
): () => void {
  const timer = setInterval(() => {
    database.query('vacuum (analyze) pastes, vouching').catch(onError)
  }, everyMs)
  return () => clearInterval(timer)
}
