import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadBucketIdentity } from './bucket-identity.ts'

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'ledge-identity-'))
  t.after(() => rm(dir, { recursive: true }))
  return dir
}

test('the identity made at the first start is found at the next', async (t) => {
  const dir = join(await folder(t), 'deeper')
  const made = await loadBucketIdentity(dir)
  const found = await loadBucketIdentity(dir)
  assert.equal(found.privateKey, made.privateKey)
  assert.equal(found.secretPath, made.secretPath)
  assert.equal(found.clientEmail, made.clientEmail)
  const key = createPrivateKey(made.privateKey)
  assert.equal(key.asymmetricKeyDetails?.modulusLength, 2048)
  assert.ok(createPublicKey(key).equals(found.publicKey))
})

test('it lies in one file, for its owner alone', async (t) => {
  const dir = await folder(t)
  await loadBucketIdentity(dir)
  assert.deepEqual(await readdir(dir), ['bucket-identity.json'])
  assert.equal((await stat(join(dir, 'bucket-identity.json'))).mode & 0o777, 0o600)
})

test('two that start at once agree', async (t) => {
  const dir = await folder(t)
  const [one, other] = await Promise.all([loadBucketIdentity(dir), loadBucketIdentity(dir)])
  assert.equal(one.privateKey, other.privateKey)
  assert.equal(one.secretPath, other.secretPath)
})

test('a damaged identity is said, by its file, and is not replaced', async (t) => {
  const dir = await folder(t)
  const path = join(dir, 'bucket-identity.json')
  const whole = { clientEmail: 'x', privateKey: 'no key', secretPath: 'a'.repeat(32) }
  for (const content of ['', '{', 'null', '{}', JSON.stringify(whole)]) {
    await writeFile(path, content)
    await assert.rejects(loadBucketIdentity(dir), /bucket-identity\.json is no bucket identity/)
    assert.equal((await stat(path)).size, content.length)
  }
})
