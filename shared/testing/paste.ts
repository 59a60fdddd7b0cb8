import { createIds, type Ids } from '../id.ts'
import { createKeyList, type KeyList } from '../keys.ts'
import { makeRecord, type PasteFacts } from '../record.ts'

export const testIdKeys: KeyList = createKeyList(['id-key-of-the-tests-0123456789abcdef'])
export const testTokenKeys: KeyList = createKeyList(['token-key-of-the-tests-0123456789abc'])
export const testIds: Ids = createIds(testIdKeys)

/** A record that lives for an hour unless the test says otherwise. */
export function makeTestRecord(
  bytes: Uint8Array | string = 'hello\n',
  facts: Partial<PasteFacts> & { nowMs?: number } = {},
) {
  const { nowMs = Date.now(), ...given } = facts
  return makeRecord(
    {
      id: testIds.make(),
      createdAt: nowMs,
      expiresAt: nowMs + 3_600_000,
      language: null,
      title: null,
      burn: false,
      ...given,
    },
    typeof bytes === 'string' ? Buffer.from(bytes) : bytes,
  )
}
