/**
 * Every span of time that the freshness promise rests on, in milliseconds, and the inequalities
 * between them. They are asserted when this file is loaded: a service whose constants cannot keep
 * the promise does not start. docs/architecture.md explains each rule.
 */

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

export const timing = {
  /** An edge asks the shared cache for its clock, watermark and log this often. */
  pollMs: 500,
  /** An origin vouches this often. */
  vouchMs: 500,
  /** A lease ends at the poll's sending, plus this, less the watermark's age at the poll. */
  leaseMs: 1500,
  /** A deletion younger than this may be missing from what a watermark vouches for. */
  vouchGraceMs: 250,
  /** Without a lease, a bucket answer may be served for this long after its request was sent. */
  bucketTrustMs: 1000,
  /** One walk through the tiers is cut off after this. */
  walkMs: 3000,
  /** How long a read may wait for one of the places at the bucket. */
  bucketWaitMs: 1000,
  /** Deadline of one shared-cache command. */
  cacheCommandMs: 250,
  /** Deadline of one Postgres statement. */
  databaseMs: 2000,
  /** Deadline of one bucket call, all in all. */
  bucketMs: 3000,
  /** How long the answer to a deletion waits to be able to say `propagated: true`. */
  propagationWaitMs: 1000,
  /** A record lives in the shared cache for at most this long, however late the paste expires. */
  recordLifeMs: HOUR_MS,
  /** A tombstone gets its time to live when the object has been absent for this long. */
  tombstoneSettleMs: 5 * SECOND_MS,
  /** The tombstone's time to live in the shared cache, and in an edge's memory from its last use. */
  tombstoneLifeMs: HOUR_MS,
  /** Vouching asks about a deletion until its object has been absent for this long. */
  retireMs: 65 * MINUTE_MS,
  /** The invalidation log keeps this much, by the shared cache's own clock. */
  logLifeMs: 5 * MINUTE_MS,
  /** An edge without a good poll for this long (by the cache's clock) assumes a gap in the log. */
  logGapMs: MINUTE_MS,
  /** A paste that was begun this long ago and never became visible was abandoned. */
  abandonMs: 15 * MINUTE_MS,
  /** An Idempotency-Key belongs to the create that claimed it last for this long. */
  idempotencyLeaseMs: 30 * SECOND_MS,
  /** What an Idempotency-Key made is known for this long. */
  idempotencyLifeMs: DAY_MS,
  /** A claimed row comes due again after this, should its claimant die. */
  claimMs: 2 * SECOND_MS,
  /** Repeated deletion of an object backs off to this. */
  purgeBackoffMs: 10 * SECOND_MS,
  /** The row of a gone paste is kept this long: "was it opened, when did it go, and why?" */
  rowLifeMs: 30 * DAY_MS,
  /** Between readiness turning 503 and the listener closing, for load balancers to notice. */
  drainNoticeMs: 1500,
  /** How long requests under way may take to finish once the listener is closed. */
  drainMs: 2500,
} as const

export type Timing = typeof timing

/** Pages of the invalidation log: entries a page, and pages after which a poll gives up. */
export const logPage = { entries: 1000, maxPages: 10 } as const

/**
 * What a create asks Postgres for under one lease (each id has its own): six statements, and three
 * connections, each of which it may have to wait for as long.
 */
const CLAIMED_STATEMENTS = 9

/**
 * The inequalities, each with what breaks without it.
 * @returns the broken ones, as sentences; empty when the promise can be kept
 */
export function brokenInequalities(t: Readonly<Record<keyof Timing, number>>): string[] {
  const rules: [holds: boolean, sentence: string][] = [
    [
      t.walkMs + t.cacheCommandMs < t.tombstoneSettleMs,
      'a fill that began before the object was absent must be over before its tombstone can lapse',
    ],
    [
      t.recordLifeMs + t.tombstoneSettleMs <= t.retireMs,
      'vouching must ask about a deletion for as long as a record of it can live in the cache',
    ],
    [
      t.tombstoneLifeMs >= t.recordLifeMs,
      'a tombstone must outlive every record that it may have to beat',
    ],
    [t.logGapMs + t.pollMs < t.logLifeMs, 'an edge must notice a gap before the log forgets it'],
    [t.leaseMs >= t.pollMs + t.vouchMs, 'a healthy edge must renew its lease before it lapses'],
    [t.leaseMs + t.vouchGraceMs + t.cacheCommandMs <= 2000, 'the bound under faults is 2 s'],
    [t.bucketTrustMs < t.leaseMs, 'trust in the bucket alone must not outlast a lease'],
    [t.walkMs < t.abandonMs, 'a create still under way must not be taken for abandoned'],
    [
      t.bucketMs + CLAIMED_STATEMENTS * t.databaseMs < t.idempotencyLeaseMs,
      'a create must be over before a retry may take its Idempotency-Key from it',
    ],
    [
      t.idempotencyLeaseMs < t.idempotencyLifeMs,
      'a key must not be forgotten while a create holds it',
    ],
    [t.bucketWaitMs < t.walkMs, 'a walk that waits in vain must have time left to say so'],
    [t.drainNoticeMs + t.drainMs < 5 * SECOND_MS, 'SIGTERM must end a service within 5 s'],
  ]
  return rules.filter(([holds]) => !holds).map(([, sentence]) => sentence)
}

const broken = brokenInequalities(timing)
if (broken.length > 0) throw new Error(`shared/timing.ts: ${broken.join('; ')}`)
