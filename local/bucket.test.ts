import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGcsBucket } from '../shared/bucket/gcs.ts'
import { bucketSuite } from '../shared/bucket/suite.ts'
import { systemClock } from '../shared/clock.ts'
import { loadBucketIdentity } from './bucket-identity.ts'
import { createBucketServer } from './bucket-server.ts'

bucketSuite("Google's client on the local bucket", async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ledge-bucket-'))
  const identity = await loadBucketIdentity(dir)
  const server = createBucketServer({
    ...identity,
    dir: join(dir, 'bucket'),
    bucket: 'pastes',
    clock: systemClock,
    log: { error: (details) => assert.fail(JSON.stringify(details)) },
  })
  const { endpoint } = await server.listen()
  const bucket = createGcsBucket({
    bucket: 'pastes',
    endpoint,
    credentials: { client_email: identity.clientEmail, private_key: identity.privateKey },
  })
  return {
    bucket,
    async close() {
      bucket.close()
      await server.close()
      await rm(dir, { recursive: true })
    },
  }
})
