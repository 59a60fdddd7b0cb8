import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../clock.ts'
import { encodeTombstone } from '../record.ts'
import { logPage, timing } from '../timing.ts'
import {
  CacheError,
  type CacheHandlers,
  type CacheState,
  type Invalidation,
  type LoggedInvalidation,
  type SharedCache,
  type Watermark,
} from './cache.ts'

/**
 * The shared cache inside one process: for `npm start`, and for tests, where it also plays the
 * server's failures. A server holds the state; each part connects a client of its own.
 */

interface Stored {
  bytes: Buffer
  /** On the server's clock; null for a tombstone that has not settled. */
  expiresAtMs: number | null
  tombstone: boolean
}

interface LogEntry extends LoggedInvalidation {
  sequence: number
}

/** What a server remembers; a restart may bring an older one back. */
export interface InProcessState {
  values: Map<string, Stored>
  log: LogEntry[]
  watermark: Watermark | null
}

export interface InProcessServer {
  readonly clock: Pick<Clock, 'now'>
  name: string
  /** Changes when every client lost its connection. */
  connections: number
  /** While true every command fails. */
  down: boolean
  state: InProcessState
  subscribers: Set<CacheHandlers>
  sequence: number
  recordBytes: number
  readonly maxRecordBytes: number
  /** How far this server's clock is ahead of `clock`. */
  clockOffsetMs: number
}

export interface InProcessOptions {
  clock?: Pick<Clock, 'now'>
  /** Bytes of records above which the least recently used go; tombstones always stay. */
  maxRecordBytes?: number
}

export function createInProcessServer(options: InProcessOptions = {}): InProcessServer {
  const { clock = systemClock, maxRecordBytes = 64 * 1024 * 1024 } = options
  return {
    clock,
    name: randomUUID(),
    connections: 1,
    down: false,
    state: emptyState(),
    subscribers: new Set(),
    sequence: 0,
    recordBytes: 0,
    maxRecordBytes,
    clockOffsetMs: 0,
  }
}

function emptyState(): InProcessState {
  return { values: new Map(), log: [], watermark: null }
}

/** A copy that later commands do not touch, as a snapshot on disk would be. */
export function snapshotState(server: InProcessServer): InProcessState {
  const { values, log, watermark } = server.state
  return { values: new Map(values), log: [...log], watermark }
}

/** The server dies and comes back: another name, new connections, `state` or nothing remembered. */
export function restartServer(server: InProcessServer, state = emptyState()): void {
  server.name = randomUUID()
  server.connections += 1
  replaceState(server, state)
}

/** FLUSHALL: everything is forgotten, the server and its connections stay. */
export function flushServer(server: InProcessServer): void {
  replaceState(server, emptyState())
}

function replaceState(server: InProcessServer, state: InProcessState): void {
  server.state = state
  server.recordBytes = 0
  for (const stored of state.values.values()) {
    if (!stored.tombstone) server.recordBytes += stored.bytes.length
  }
}

function now(server: InProcessServer): number {
  return server.clock.now() + server.clockOffsetMs
}

/** Connects a client: one server may have any number of them. */
export function connectInProcess(server: InProcessServer): SharedCache {
  const own = new Set<CacheHandlers>()
  let closed = false

  async function command<T>(run: () => T): Promise<T> {
    if (closed) throw new CacheError('the connection is closed')
    if (server.down) throw new CacheError('the cache is down')
    return run()
  }

  return {
    connection: () => server.connections,
    get: (id) => command(() => find(server, id)?.bytes ?? null),
    poll: (cursor) => command(() => ({ ...stateOf(server), ...readLog(server, cursor) })),
    subscribe(handlers) {
      server.subscribers.add(handlers)
      own.add(handlers)
      return {
        async close() {
          server.subscribers.delete(handlers)
          own.delete(handlers)
        },
      }
    },
    fill: (id, record, expiresAtMs, deadlineMs) =>
      command(() => {
        const timeMs = now(server)
        if (find(server, id)?.tombstone) return 'gone'
        if (timeMs > deadlineMs) return 'late'
        const lifeEndMs = Math.min(expiresAtMs, timeMs + timing.recordLifeMs)
        store(server, id, { bytes: toBuffer(record), expiresAtMs: lifeEndMs, tombstone: false })
        return 'ok'
      }),
    bury: (invalidation) => command(() => bury(server, invalidation)),
    settle: (id) =>
      command(() => {
        const stored = find(server, id)
        if (stored?.tombstone) stored.expiresAtMs = now(server) + timing.tombstoneLifeMs
      }),
    publishExpired: (ids) =>
      command(() => {
        for (const subscriber of server.subscribers) subscriber.expired(ids)
      }),
    state: () => command(() => stateOf(server)),
    proposeEpoch: (seen, name, epoch) =>
      command(() => {
        if (!sameWatermark(server.state.watermark, seen)) return false
        server.state.watermark = { server: name, epoch, timeMs: 0 }
        return true
      }),
    advance: (epoch, timeMs) =>
      command(() => {
        const { watermark } = server.state
        if (watermark?.epoch !== epoch || watermark.timeMs >= timeMs) return false
        server.state.watermark = { ...watermark, timeMs }
        return true
      }),
    trim: () => command(() => trim(server)),
    async close() {
      closed = true
      for (const handlers of own) server.subscribers.delete(handlers)
      own.clear()
    },
  }
}

function stateOf(server: InProcessServer): CacheState {
  return { server: server.name, timeMs: now(server), watermark: server.state.watermark }
}

function sameWatermark(left: Watermark | null, right: Watermark | null): boolean {
  return (
    left?.server === right?.server && left?.epoch === right?.epoch && left?.timeMs === right?.timeMs
  )
}

function find(server: InProcessServer, id: string): Stored | null {
  const { values } = server.state
  const stored = values.get(id)
  if (stored === undefined) return null
  if (stored.expiresAtMs !== null && stored.expiresAtMs <= now(server)) {
    forget(server, id)
    return null
  }
  // The map's order is the order of use, so that the least recently used record goes first.
  values.delete(id)
  values.set(id, stored)
  return stored
}

function store(server: InProcessServer, id: string, stored: Stored): void {
  forget(server, id)
  server.state.values.set(id, stored)
  if (stored.tombstone) return
  server.recordBytes += stored.bytes.length
  for (const [oldest, { tombstone }] of server.state.values) {
    if (server.recordBytes <= server.maxRecordBytes) break
    if (!tombstone) forget(server, oldest)
  }
}

function forget(server: InProcessServer, id: string): void {
  const stored = server.state.values.get(id)
  if (stored === undefined) return
  server.state.values.delete(id)
  if (!stored.tombstone) server.recordBytes -= stored.bytes.length
}

function bury(server: InProcessServer, { id, reason }: Invalidation): number {
  store(server, id, { bytes: encodeTombstone(reason), expiresAtMs: null, tombstone: true })
  server.sequence += 1
  const logged = { id, reason, timeMs: now(server) }
  server.state.log.push({ ...logged, sequence: server.sequence })
  for (const subscriber of server.subscribers) subscriber.gone(logged)
  return server.state.watermark?.epoch ?? 0
}

function readLog(server: InProcessServer, cursor: string | null) {
  if (cursor === null) return { entries: [], cursor: String(server.sequence), complete: true }
  const rest = server.state.log.filter(({ sequence }) => sequence > Number(cursor))
  const page = rest.slice(0, logPage.entries)
  const last = page.at(-1)?.sequence ?? cursor
  return {
    entries: page.map(({ id, reason, timeMs }) => ({ id, reason, timeMs })),
    cursor: String(last),
    complete: page.length === rest.length,
  }
}

function trim(server: InProcessServer): number {
  const horizonMs = now(server) - timing.logLifeMs
  const before = server.state.log.length
  server.state.log = server.state.log.filter(({ timeMs }) => timeMs > horizonMs)
  // What expired unread would otherwise stay: nobody asks for it again.
  for (const [id, { expiresAtMs }] of server.state.values) {
    if (expiresAtMs !== null && expiresAtMs <= now(server)) forget(server, id)
  }
  return before - server.state.log.length
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
