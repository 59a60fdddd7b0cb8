import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SQL } from 'sql-template-strings'
import type { Database, Queryable } from './database.ts'

/** The schema is of a later version than this program: it must not touch it. */
export class SchemaError extends Error {
  override name = 'SchemaError'
}

interface Migration {
  number: number
  name: string
  text: string
}

const FOLDER = join(import.meta.dirname, '../sql')
/** Any number, as long as every version of the program takes the same lock. */
const LOCK = 5_041_033

/**
 * Brings the schema forward, all in one transaction; processes that start at once wait for one
 * another. @returns how many migrations were applied @throws SchemaError, DatabaseError
 */
export async function migrate(database: Database): Promise<number> {
  const migrations = await readMigrations()
  return database.transaction(async (queryable) => {
    await queryable.query(SQL`select pg_advisory_xact_lock(${LOCK})`)
    const applied = await readApplied(queryable)
    const newest = migrations.at(-1)?.number ?? 0
    if (applied > newest) {
      throw new SchemaError(
        `the database has schema ${applied}, this version of Ledge knows ${newest}: run a newer one`,
      )
    }
    const missing = migrations.filter(({ number }) => number > applied)
    for (const { number, name, text } of missing) {
      await queryable.query(text)
      await queryable.query(SQL`insert into migrations (number, name) values (${number}, ${name})`)
    }
    return missing.length
  })
}

async function readApplied(queryable: Queryable): Promise<number> {
  await queryable.query(`create table if not exists migrations (
    number integer primary key,
    name text not null,
    applied_at timestamptz not null default now()
  )`)
  const { rows } = await queryable.query<{ number: number | null }>(
    'select max(number) as number from migrations',
  )
  return rows[0]?.number ?? 0
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => /^\d{4}_.+\.sql$/.test(name)).toSorted()
  return Promise.all(
    names.map(async (name) => ({
      number: Number(name.slice(0, 4)),
      name,
      text: await readFile(join(FOLDER, name), 'utf8'),
    })),
  )
}
