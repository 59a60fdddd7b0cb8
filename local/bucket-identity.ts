import { createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createWhole } from './whole-file.ts'

/** Who may read and write the local bucket: what a service account is to Google's. */
export interface BucketIdentity {
  clientEmail: string
  /** PEM (PKCS #8). */
  privateKey: string
  publicKey: KeyObject
  /** Goes before the path of a write, as its password. Without slashes. */
  secretPath: string
}

const FILE = 'bucket-identity.json'

/**
 * Reads the identity kept in `dir`, or makes one and keeps it: signed URLs and the endpoint stay
 * the same over a restart. Two that start at once agree on one.
 * @throws when the file there cannot be read or is no identity
 */
export async function loadBucketIdentity(dir: string): Promise<BucketIdentity> {
  const path = join(dir, FILE)
  const kept = await readKept(path)
  if (kept !== null) return kept
  await mkdir(dir, { recursive: true })
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const made = JSON.stringify({
    clientEmail: 'ledge@bucket.invalid',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    secretPath: randomBytes(24).toString('base64url'),
  })
  const temporary = join(dir, `.${FILE}.${randomBytes(6).toString('hex')}`)
  await createWhole({ path, temporary, pieces: [Buffer.from(made)] })
  const identity = await readKept(path)
  if (identity === null) throw new Error(`${path} is gone again`)
  return identity
}

async function readKept(path: string): Promise<BucketIdentity | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const { clientEmail, privateKey, secretPath } = JSON.parse(text) as Record<string, unknown>
    if (typeof clientEmail === 'string' && typeof privateKey === 'string') {
      if (typeof secretPath === 'string' && /^[\w-]{16,}$/.test(secretPath)) {
        const publicKey = createPublicKey(privateKey)
        return { clientEmail, privateKey, publicKey, secretPath }
      }
    }
  } catch (error) {
    throw new Error(`${path} is no bucket identity`, { cause: error })
  }
  throw new Error(`${path} is no bucket identity`)
}
