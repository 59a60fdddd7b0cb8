import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../scripts/require-node.cjs', import.meta.url))
const { complaintAbout }: { complaintAbout(version: string): string | null } = createRequire(
  import.meta.url,
)(script)

test('a Node that cannot run TypeScript is told so in one line', () => {
  for (const version of ['18.20.4', '20.19.0', '22.9.0', '22.17.1']) {
    const line = complaintAbout(version) ?? ''
    assert.match(line, new RegExp(`needs Node 22.18 or newer, and this is ${version}`))
    assert.doesNotMatch(line, /\n/)
  }
})

test('a Node that can goes on', () => {
  for (const version of ['22.18.0', '22.21.0', '23.0.0', '24.12.0', '26.1.0']) {
    assert.equal(complaintAbout(version), null)
  }
})

test('nothing else is loaded by a Node that is too old', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ledge-node-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const old = join(folder, 'old.cjs')
  writeFileSync(old, `Object.defineProperty(process, 'versions', { value: { node: '20.19.0' } })`)
  const preloads = ['--require', old, '--require', script]
  const ran = spawnSync(process.execPath, [...preloads, '--eval', `console.log('ran')`])
  assert.equal(ran.status, 1)
  assert.equal(ran.stdout.toString(), '')
  assert.equal(ran.stderr.toString(), `${complaintAbout('20.19.0')}\n`)
})
