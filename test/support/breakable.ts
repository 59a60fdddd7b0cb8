import { type Bucket, BucketError, BucketFullError } from '../../shared/bucket/bucket.ts'
import { type Database, DatabaseError } from '../../origin/database.ts'

/** What a test may break: each fails as the real one does when it is away. */
export interface Broken {
  bucket: Set<'get' | 'put' | 'delete'>
  /** The bucket has no room. */
  full: boolean
  database: boolean
}

export function nothingBroken(): Broken {
  return { bucket: new Set(), full: false, database: false }
}

export function breakableBucket(bucket: Bucket, broken: Broken): Bucket {
  const check = (operation: 'get' | 'put' | 'delete') => {
    if (broken.bucket.has(operation)) throw new BucketError('planned: canary-bucket-detail')
  }
  return {
    async get(name, options) {
      check('get')
      return bucket.get(name, options)
    },
    async put(name, bytes, options) {
      check('put')
      if (broken.full) throw new BucketFullError('planned: canary-bucket-detail')
      return bucket.put(name, bytes, options)
    },
    async delete(name, signal) {
      check('delete')
      return bucket.delete(name, signal)
    },
    list: (after) => bucket.list(after),
  }
}

export function breakableDatabase(database: Database, broken: Broken): Database {
  const check = () => {
    if (broken.database) throw new DatabaseError('planned: canary-sql-detail', { cause: null })
  }
  return {
    async query(statement) {
      check()
      return database.query(statement)
    },
    async transaction(run) {
      check()
      return database.transaction(run)
    },
  }
}
