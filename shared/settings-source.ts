import { EnvError } from 'envalid'

/** Where settings are read from; only a service's main.ts knows the real ones. */
export interface SettingsSource {
  env: Readonly<Record<string, string | undefined>>
  /** The text of a file; throws when it cannot be read. */
  readFile: (path: string) => string
}

/**
 * The text of a setting, from its variable or its file.
 * @returns null when it is not set
 * @throws EnvError, a whole sentence
 */
export function findText({ env, readFile }: SettingsSource, name: string): string | null {
  const text = env[name] || null
  const file = env[`${name}_FILE`] || null
  if (file === null) return text
  if (text !== null) throw new EnvError(`${name}: set together with ${name}_FILE; unset one`)
  let content
  try {
    content = readFile(file).replace(/\r?\n$/, '')
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
    throw new EnvError(`${name}_FILE: cannot read ${JSON.stringify(file)}${why}`)
  }
  // An empty file is a mistake: a key would silently be another one than was meant.
  if (content === '') throw new EnvError(`${name}_FILE: ${JSON.stringify(file)} is empty`)
  return content
}
