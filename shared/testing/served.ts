import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { createFaces } from '../http/faces.ts'
import type { ReadRequest, Served } from '../http/respond.ts'
import type { PasteRecord } from '../record.ts'

/** A read of a memory hit, as far as a test does not say otherwise. */

export function makeReadRequest(
  its: Pick<ReadRequest, 'form'> & Partial<ReadRequest>,
): ReadRequest {
  return {
    head: false,
    acceptEncoding: undefined,
    ifNoneMatch: undefined,
    range: undefined,
    ifRange: undefined,
    ...its,
  }
}

export function makeServed(record: PasteRecord, its: Partial<Served> = {}): Served {
  return {
    record,
    faces: createFaces(),
    keep: true,
    cacheStatus: 'ledge-edge; hit',
    accelSeconds: 1234,
    openBody: () => assert.fail('a body was opened'),
    ...its,
  }
}

/** Its body is in the bucket alone. @param opened takes down from where it was opened */
export function leftInBucket(
  record: PasteRecord & { body: Buffer },
  opened: number[] = [],
): Served {
  const openBody = async (from: number) => {
    opened.push(from)
    return Readable.from([record.body.subarray(from)])
  }
  return makeServed({ ...record, body: null }, { openBody })
}
