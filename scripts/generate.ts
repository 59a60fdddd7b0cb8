import { writeFileSync } from 'node:fs'
import { renderEnvExample } from './env-example.ts'
import { renderOxlintrc } from './oxlintrc.ts'

/** Writes the files that are made from a table; a test compares each with what it is made from. */

const generated = { '.env.example': renderEnvExample, '.oxlintrc.json': renderOxlintrc }

for (const [name, render] of Object.entries(generated)) {
  writeFileSync(new URL(`../${name}`, import.meta.url), render())
}
