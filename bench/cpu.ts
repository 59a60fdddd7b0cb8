import assert from 'node:assert/strict'
import { type Answer, type Client, getRequest, headersOf, openClient } from './client.ts'
import { type Child, startChild } from './child.ts'
import { type Goal, orderOf, type Pair, type Round } from './stats.ts'

/** CPU of an edge a request, against that of a bare server which sends the same. */

export interface CpuOptions {
  /** Fresh pairs of servers: two processes of the same code differ by a few percent for good. */
  launches: number
  /** Pairs of rounds with each. */
  pairs: number
  /** Requests a round. */
  requests: number
  /** Requests to each server before the first round: compilers are slow to start. */
  warmUp: number
}

export interface CpuResult {
  name: string
  goal: Goal
  /** Bytes of the body. */
  bytes: number
  pairs: Pair[]
}

interface Case {
  name: string
  goal: Goal
  status: number
  conditions(etag: string): Record<string, string>
}

const CONNECTIONS = 32

const CASES: Case[] = [
  {
    name: 'memory hit, 10 KiB, identity',
    goal: { goal: 1.25, aim: 1.1 },
    status: 200,
    conditions: () => ({}),
  },
  {
    name: 'memory hit, 10 KiB, stored gzip',
    goal: { goal: 1.25, aim: 1.1 },
    status: 200,
    conditions: () => ({ 'accept-encoding': 'deflate, gzip, br, zstd' }),
  },
  {
    name: '304 of the same',
    goal: { goal: 1.4, aim: 1.2 },
    status: 304,
    conditions: (etag) => ({ 'if-none-match': etag }),
  },
]

interface Side {
  child: Child
  client: Client
}

export async function measureCpu(options: CpuOptions): Promise<CpuResult[]> {
  const results = CASES.map(({ name, goal }) => ({ name, goal, bytes: 0, pairs: [] as Pair[] }))
  for (let launch = 0; launch < options.launches; launch += 1) {
    const measured = await measureLaunch(options)
    for (const [index, result] of results.entries()) {
      result.bytes = measured[index]?.bytes ?? 0
      result.pairs.push(...(measured[index]?.pairs ?? []))
    }
  }
  return results
}

async function measureLaunch(options: CpuOptions): Promise<Pick<CpuResult, 'bytes' | 'pairs'>[]> {
  const edge = await openSide('edge-process.ts')
  const bare = await openSide('bare-process.ts')
  const path = await edge.child.ask('publish', null)
  const { etag = '' } = headersOf(await edge.client.ask(getRequest(path)))
  const results = []
  for (const { status, conditions } of CASES) {
    const request = getRequest(path, conditions(etag))
    const bytes = await makeEqual(edge, bare, request, status)
    for (const { client } of [edge, bare]) await client.run(options.warmUp, status, () => request)
    const pairs: Pair[] = []
    for (let pair = 0; pair < options.pairs; pair += 1) {
      pairs.push(await runPair(pair, edge, bare, { ...options, request, status }))
    }
    results.push({ bytes, pairs })
  }
  for (const { client, child } of [edge, bare]) {
    client.close()
    await child.close()
  }
  return results
}

async function openSide(file: string): Promise<Side> {
  const child = await startChild(file)
  return { child, client: await openClient(child.port, CONNECTIONS) }
}

/** The bare server learns the edge's answer by heart. @returns bytes of its body */
async function makeEqual(edge: Side, bare: Side, request: string, status: number) {
  // The second one is a memory hit.
  await edge.client.ask(request)
  const wanted = await edge.client.ask(request)
  assert.equal(wanted.status, status)
  await bare.child.ask('say', {
    status,
    headers: headersOf(wanted),
    body: wanted.body.toString('base64'),
  })
  assert.deepEqual(comparable(await bare.client.ask(request)), comparable(wanted))
  return wanted.body.length
}

/** All of an answer but the moment: in its place stands how long it is. */
function comparable({ status, head, body }: Answer) {
  return { status, body, head: head.replaceAll(/(?<=date: ).*/gi, (date) => `${date.length}`) }
}

interface RoundOptions {
  requests: number
  request: string
  status: number
}

async function runPair(pair: number, edge: Side, bare: Side, options: RoundOptions): Promise<Pair> {
  const rounds = new Map<Side, Round>()
  for (const side of orderOf(pair, edge, bare)) rounds.set(side, await runRound(side, options))
  const [ofEdge, ofBare] = [rounds.get(edge), rounds.get(bare)]
  assert(ofEdge !== undefined && ofBare !== undefined)
  return { edge: ofEdge, bare: ofBare }
}

async function runRound({ child, client }: Side, options: RoundOptions): Promise<Round> {
  const before = await child.ask('usage', null)
  await client.run(options.requests, options.status, () => options.request)
  const after = await child.ask('usage', null)
  assert.equal(after.requests - before.requests, options.requests)
  return { cpuMicros: after.cpuMicros - before.cpuMicros, requests: options.requests }
}
