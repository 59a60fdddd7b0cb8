import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { renderEnvExample } from '../scripts/env-example.ts'
import { settings } from '../shared/settings.ts'

const rendered = renderEnvExample()

test('.env.example is what the table of settings says', () => {
  const file = new URL('../.env.example', import.meta.url)
  assert.equal(readFileSync(file, 'utf8'), rendered, 'run: npm run fix')
})

test('a copy of it sets nothing, and names every setting once', () => {
  assert.deepEqual({ ...parseEnv(rendered) }, {})
  const uncommented = rendered.replace(/^#(?=[A-Z][A-Z_]*=)/gm, '')
  assert.deepEqual(Object.keys(parseEnv(uncommented)).toSorted(), Object.keys(settings).toSorted())
})

test('each example reads back as it is in the table', () => {
  const uncommented = parseEnv(rendered.replace(/^#(?=[A-Z][A-Z_]*=)/gm, ''))
  for (const [name, { example }] of Object.entries(settings)) {
    assert.equal(uncommented[name], example)
  }
})
