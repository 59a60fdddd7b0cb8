import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenInequalities, timing, type Timing } from './timing.ts'

/** For each rule, a change of one constant that breaks it, and it alone. */
const BREAKS: [rule: RegExp, change: Partial<Record<keyof Timing, number>>][] = [
  [/^a fill that began/, { tombstoneSettleMs: timing.walkMs + timing.cacheCommandMs }],
  [/^vouching must ask/, { retireMs: timing.recordLifeMs + timing.tombstoneSettleMs - 1 }],
  [/^a tombstone must outlive/, { tombstoneLifeMs: timing.recordLifeMs - 1 }],
  [/^an edge must notice a gap/, { logLifeMs: timing.logGapMs + timing.pollMs }],
  [/^a healthy edge must renew/, { vouchMs: timing.leaseMs - timing.pollMs + 1 }],
  [
    /^the bound under faults is 2 s/,
    { leaseMs: 2001 - timing.vouchGraceMs - timing.cacheCommandMs },
  ],
  [/^trust in the bucket alone/, { bucketTrustMs: timing.leaseMs }],
  [/^a create still under way/, { abandonMs: timing.walkMs }],
  [
    /^a create must be over before a retry/,
    { idempotencyLeaseMs: timing.bucketMs + 9 * timing.databaseMs },
  ],
  [/^a key must not be forgotten/, { idempotencyLifeMs: timing.idempotencyLeaseMs }],
  [/^a walk that waits in vain/, { bucketWaitMs: timing.walkMs }],
  [/^SIGTERM must end/, { drainMs: 5000 - timing.drainNoticeMs }],
]

test('the constants keep the promise', () => {
  assert.deepEqual(brokenInequalities(timing), [])
})

for (const [rule, change] of BREAKS) {
  test(`${Object.keys(change).join()} out of bounds is found: ${rule.source.slice(1)}`, () => {
    const broken = brokenInequalities({ ...timing, ...change })
    assert.equal(broken.length, 1, broken.join('; '))
    assert.match(broken[0] ?? '', rule)
  })
}

test('no rule is without a change that breaks it', () => {
  // Not a number is neither less nor more than anything: every rule is broken by it.
  const names = Object.keys(timing).map((name) => [name, Number.NaN])
  const all = brokenInequalities(Object.fromEntries(names) as Record<keyof Timing, number>)
  assert.equal(all.length, BREAKS.length)
})
