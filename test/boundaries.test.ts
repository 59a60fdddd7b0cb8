import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { renderOxlintrc } from '../scripts/oxlintrc.ts'
import { findCycle, importsOf, readSources, violations } from './imports.ts'

const root = new URL('..', import.meta.url).pathname
const paths = globSync('**/*.ts', { cwd: root, exclude: ['node_modules', 'data', '.git'] })
const sources = readSources(paths, root)

/** The tree with one more file. */
function broken(path: string, source: string): string[] {
  return violations(new Map([...sources, [path, source]]))
}

test('every import keeps to the table', () => {
  assert.ok(paths.length > 100, 'the tree was found')
  assert.deepEqual(violations(sources), [])
})

test('nothing imports itself by a detour', () => {
  assert.equal(findCycle(sources), null)
})

test('the linter restricts what the table restricts', () => {
  const file = new URL('../.oxlintrc.json', import.meta.url)
  assert.equal(readFileSync(file, 'utf8'), renderOxlintrc(), 'run: npm run fix')
})

test('an import that the table forbids is reported', () => {
  const planted: [path: string, source: string][] = [
    ['edge/planted.ts', `import { Pool } from 'pg'`],
    ['edge/planted.ts', `import type { Origin } from '../origin/service.ts'`],
    ['edge/deep/planted.ts', `export { SQL } from '../../origin/queries.ts'`],
    ['edge/planted.ts', `const { SQL } = await import('sql-template-strings')`],
    ['edge/planted.ts', `import { Cron } from 'croner/anything'`],
    ['shared/planted.ts', `import {\n  createOrigin,\n} from '../origin/service.ts'`],
    ['origin/planted.ts', `import { LRUCache } from 'lru-cache'`],
    ['origin/planted.ts', `import { createMemory } from '../edge/memory.ts'`],
    ['origin/planted.ts', `import { age } from './testing/origin.ts'`],
    ['shared/planted.ts', `import { cacheSuite } from './cache/suite.ts'`],
    ['local/planted.ts', `import '../test/setup.ts'`],
    ['shared/planted.ts', `import { mock } from 'node:test'`],
    ['shared/planted.ts', `import { readFileSync } from 'fs'`],
    ['shared/planted.ts', `import { env } from 'node:process'`],
    ['shared/planted.ts', `import nothing from 'never-heard-of'`],
    ['shared/planted.ts', 'const part = await import(name)'],
    ['other/planted.ts', `import { timing } from '../shared/timing.ts'`],
  ]
  for (const [path, source] of planted) {
    const found = broken(path, source)
    assert.equal(found.length, 1, source)
    assert.match(found[0] ?? '', new RegExp(`^${path} imports `))
  }
})

test('only a main.ts touches the environment, signals and the exit', () => {
  for (const part of ['env.HOME', 'exit(1)', `once('SIGTERM', stop)`, 'exitCode = 1']) {
    assert.equal(broken('edge/planted.ts', `process.${part}`).length, 1, part)
    assert.deepEqual(broken('edge/main.ts', `process.${part}`), [])
  }
})

test('a cycle is found, through types too', () => {
  const circle = new Map([
    ['a/one.ts', `import type { Two } from '../b/two.ts'`],
    ['b/two.ts', `export * from './three.ts'`],
    ['b/three.ts', `const one = await import('../a/one.ts')`],
  ])
  assert.deepEqual(findCycle(circle), ['a/one.ts', 'b/two.ts', 'b/three.ts', 'a/one.ts'])
})

test('test code may import anything', () => {
  const source = `import { age } from '../origin/testing/origin.ts'\nimport 'fast-check'`
  for (const path of ['edge/x.test.ts', 'edge/x.full.ts', 'edge/testing/x.ts', 'bench/x.ts']) {
    assert.deepEqual(broken(path, source), [])
  }
})

test('what looks like an import in a comment is none', () => {
  const source = `/** import { a } from 'a' */\n// import 'b'\nimport c, { d } from "e"`
  assert.deepEqual(importsOf(source), ['e'])
})

test('no import of the tree is missed', () => {
  for (const [path, source] of sources) {
    const found = importsOf(source)
    const ends = source.matchAll(/^(?:\}|import|export)[^'"`\n=(]*'([^'\n]+)'$/gm)
    for (const [, specifier = ''] of ends) assert.ok(found.includes(specifier), path)
  }
})
