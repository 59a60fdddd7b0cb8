import { Pool } from 'pg'

/** PGlite under the ordinary pool: the same SQL as on a real server, in DATA_DIR. */

export interface OpenDatabase {
  pool: Pool
  close(): Promise<void>
}

export interface EmbeddedOptions {
  /** Where the data lives; in memory when there is none. */
  dir?: string
  /** A dump of a data directory to start from; for tests. */
  template?: Blob
  onError(error: Error): void
}

/** A database that broke down (no room for its log, say) answers nothing any more. */
const DEADLINE_MS = 10_000

/** Exactly one pool of one connection: two at once would hang. */
export async function openEmbeddedDatabase(options: EmbeddedOptions): Promise<OpenDatabase> {
  // Imported late: who uses a real server does not pay for it.
  const { PGlite } = await import('@electric-sql/pglite')
  const { createPgConfig } = await import('@electric-sql/pglite/node-postgres')
  const database = await PGlite.create({
    dataDir: options.dir ?? 'memory://',
    ...(options.template === undefined ? {} : { loadDataDir: options.template }),
  })
  const limits = { max: 1, query_timeout: DEADLINE_MS, connectionTimeoutMillis: DEADLINE_MS }
  const pool = new Pool(Object.assign(createPgConfig(database), limits))
  // Without a listener a client that breaks while idle would end the process.
  pool.on('error', options.onError)
  return {
    pool,
    async close() {
      await pool.end()
      await database.close()
    },
  }
}

export interface ServerOptions {
  /** `postgresql://user:password@host:5432/name` */
  url: string
  statementMs: number
  onError(error: Error): void
}

export function openServerDatabase({ url, statementMs, onError }: ServerOptions): OpenDatabase {
  const pool = new Pool({
    connectionString: url,
    connectionTimeoutMillis: statementMs,
    statement_timeout: statementMs,
    // The client's own deadline is the longer one, so that the server's error is the one heard.
    query_timeout: statementMs + 500,
    max: 10,
  })
  pool.on('error', onError)
  return { pool, close: () => pool.end() }
}
