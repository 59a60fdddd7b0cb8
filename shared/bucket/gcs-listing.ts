import type { Bucket as GoogleBucket } from '@google-cloud/storage'
import { BucketError, type ListedObject } from './bucket.ts'
import { toBucketError } from './exchange.ts'

const PAGE_OBJECTS = 1000

export interface ListingPage {
  objects: ListedObject[]
  nextPageToken: string | null
}

/**
 * One page of a bucket's listing (JSON API, objects.list).
 * @param after only names behind this one
 * @throws BucketError also when the page is not as it should be
 */
export async function readPage(
  bucket: Pick<GoogleBucket, 'getFiles'>,
  after: string | null,
  pageToken: string | null,
): Promise<ListingPage> {
  let answer: unknown
  try {
    ;[, , answer] = await bucket.getFiles({
      autoPaginate: false,
      maxResults: PAGE_OBJECTS,
      fields: 'items(name,size,timeCreated,metadata),nextPageToken',
      ...(after !== null && { startOffset: after }),
      ...(pageToken !== null && { pageToken }),
    })
  } catch (error) {
    throw toBucketError(error)
  }
  const { items = [], nextPageToken = null } = answer as Record<string, unknown>
  if (!Array.isArray(items) || (nextPageToken !== null && typeof nextPageToken !== 'string')) {
    throw new BucketError('a listing that is none')
  }
  // startOffset includes the name itself.
  return { objects: items.map(toListed).filter(({ name }) => name !== after), nextPageToken }
}

function toListed(item: Record<string, unknown> | null): ListedObject {
  const { name, size, timeCreated, metadata = {} } = item ?? {}
  const createdAtMs = Date.parse(String(timeCreated))
  if (
    typeof name !== 'string' ||
    !Number.isSafeInteger(Number(size)) ||
    Number.isNaN(createdAtMs) ||
    typeof metadata !== 'object' ||
    metadata === null
  ) {
    throw new BucketError('a listed object that is none')
  }
  return { name, size: Number(size), createdAtMs, metadata: metadata as Record<string, string> }
}
