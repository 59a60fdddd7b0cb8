import type { Pool, PoolClient, QueryResultRow } from 'pg'
import type { SQLStatement } from 'sql-template-strings'

/** Postgres did not answer, or not in time; what it was asked may have happened or not. */
export class DatabaseError extends Error {
  override name = 'DatabaseError'
  /** True when it was the disk that had no room (SQLSTATE 53100). */
  readonly full: boolean

  constructor(message: string, options: { cause: unknown }) {
    super(message, options)
    const { cause } = options
    this.full = cause instanceof Error && 'code' in cause && cause.code === '53100'
  }
}

export interface QueryResult<Row> {
  rows: Row[]
  /** Rows returned or changed. */
  count: number
}

/** @throws DatabaseError */
export interface Queryable {
  query<Row extends QueryResultRow = QueryResultRow>(
    statement: SQLStatement | string,
  ): Promise<QueryResult<Row>>
}

export interface Database extends Queryable {
  /** Runs in one transaction; throwing rolls it back. Inside, use only what is handed in. */
  transaction<T>(run: (queryable: Queryable) => Promise<T>): Promise<T>
}

export interface DatabaseOptions {
  pool: Pick<Pool, 'connect'>
  onQuery?: (outcome: 'ok' | 'error', durationMs: number) => void
}

/**
 * The one way to Postgres. A connection is always given back whole: PGlite's pool would make the
 * next query pay for one that failed.
 */
export function createDatabase({ pool, onQuery }: DatabaseOptions): Database {
  async function withClient<T>(run: (queryable: Queryable) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch(fail)
    try {
      return await run({ query: (statement) => queryOn(client, statement, onQuery) })
    } finally {
      client.release()
    }
  }

  return {
    query: (statement) => withClient((queryable) => queryable.query(statement)),
    transaction: (run) =>
      withClient(async (queryable) => {
        await queryable.query('begin')
        try {
          const result = await run(queryable)
          await queryable.query('commit')
          return result
        } catch (error) {
          await queryable.query('rollback').catch(() => undefined)
          throw error
        }
      }),
  }
}

async function queryOn<Row extends QueryResultRow>(
  client: PoolClient,
  statement: SQLStatement | string,
  onQuery: DatabaseOptions['onQuery'],
): Promise<QueryResult<Row>> {
  const begun = performance.now()
  try {
    // Several statements in one text give a list of results: the last one counts.
    const result = [await client.query<Row>(statement)].flat().at(-1)
    onQuery?.('ok', performance.now() - begun)
    const rows = result?.rows ?? []
    return { rows, count: result?.rowCount ?? rows.length }
  } catch (error) {
    onQuery?.('error', performance.now() - begun)
    return fail(error)
  }
}

function fail(error: unknown): never {
  const what = error instanceof Error ? error.message : String(error)
  throw new DatabaseError(what, { cause: error })
}
