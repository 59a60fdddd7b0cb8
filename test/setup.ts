import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createPgConfig } from '@electric-sql/pglite/node-postgres'
import { Pool } from 'pg'
import { createDatabase } from '../origin/database.ts'
import { migrate } from '../origin/migrate.ts'

/** Before any test: a migrated database is dumped once; each test file starts from a copy. */

let folder: string | null = null

export async function globalSetup(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'ledge-test-'))
  const database = await PGlite.create()
  const pool = new Pool(Object.assign(createPgConfig(database), { max: 1 }))
  await migrate(createDatabase({ pool }))
  await pool.end()
  const dump = await database.dumpDataDir('none')
  const file = join(folder, 'template.tar')
  await writeFile(file, Buffer.from(await dump.arrayBuffer()))
  await database.close()
  process.env.LEDGE_TEST_TEMPLATE = file
}

export async function globalTeardown(): Promise<void> {
  if (folder !== null) await rm(folder, { recursive: true, force: true })
}
