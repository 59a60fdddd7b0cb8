import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { mutants } from './table.ts'

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
}

function count(text: string, part: string): number {
  return text.split(part).length - 1
}

test('what a mutant replaces is there exactly once, and is replaced by something else', () => {
  for (const { name, file, find, replace } of mutants) {
    assert.equal(count(read(file), find), 1, name)
    assert.notEqual(find, replace, name)
  }
})

test('the test that kills a mutant exists, once', () => {
  for (const mutant of mutants) {
    const [, suite, statement = mutant.test] = /^(in process): (.*)$/.exec(mutant.test) ?? []
    const source =
      read(mutant.testFile) + (suite === undefined ? '' : read('shared/cache/suite.ts'))
    assert.equal(count(source, `'${statement}'`), 1, mutant.name)
  }
})

test('no two mutants have one name', () => {
  const names = mutants.map(({ name }) => name)
  assert.deepEqual(names, [...new Set(names)])
})
