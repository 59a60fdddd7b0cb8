import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { KeyMismatchError } from '../origin/fingerprints.ts'
import { SchemaError } from '../origin/migrate.ts'
import { ListenError } from '../shared/http/serve.ts'
import { SettingsError } from '../shared/settings.ts'
import { readConfig } from './config.ts'
import { KeyError } from './keys.ts'
import { LockError } from './lock.ts'
import { startSystem } from './system.ts'

/** EX_CONFIG of sysexits.h: starting again without a change will not help. */
const EXIT_CONFIG = 78
/** SIGTERM ends the process by then, whatever hangs. */
const STOP_LIMIT_MS = 4800

const REFUSALS = [SettingsError, KeyMismatchError, KeyError, LockError, SchemaError, ListenError]

async function main(): Promise<void> {
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
  ) as { version: string }
  const readFile = (path: string) => readFileSync(path, 'utf8')
  const system = await startSystem(readConfig({ env: process.env, readFile }), version)

  process.stderr.write(`Ledge is at ${system.url}\necho hello | curl -T- ${system.url}\n`)
  const stop = () => {
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
    system.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        system.log.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((error: unknown) => {
  const refused = REFUSALS.some((refusal) => error instanceof refusal)
  if (!refused) throw error
  process.stderr.write(`${(error as Error).message}\n`)
  process.exit(EXIT_CONFIG)
})
