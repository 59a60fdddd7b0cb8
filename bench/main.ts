import { parseArgs } from 'node:util'
import { type CpuResult, measureCpu } from './cpu.ts'
import { measureMemory, type MemoryResult } from './memory.ts'
import { type Goal, judge, perRequest, ratiosOf, type Spread, spreadOf } from './stats.ts'

/**
 * `npm run bench [-- --quick]`: what docs/performance.md promises, against an anchor in the same
 * run. Fails when a figure is far beyond its goal; machines are too moody for more than that.
 */

const FULL = {
  launches: 4,
  pairs: 30,
  requests: 1500,
  warmUp: 25_000,
  pastes: 100_000,
  texts: 30_000,
}
const QUICK = {
  launches: 1,
  pairs: 16,
  requests: 1000,
  warmUp: 15_000,
  pastes: 12_000,
  texts: 5000,
}

/** Bytes a cached paste of 1 KiB. */
const MEMORY_GOAL = { goal: 2048 }
/** An accounting that says less than is used lets memory grow beyond its limit. */
const BELIEF_GOAL = { goal: 1 }

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } })
const scale = values.quick ? QUICK : FULL
let failed = false

function verdict(figure: number, goal: Goal): string {
  const judged = judge(figure, goal)
  failed ||= judged === 'far beyond'
  const aim = goal.aim === undefined ? '' : `, aim ${goal.aim}`
  return `goal ${goal.goal}${aim}: ${judged}`
}

function reportCpu({ name, goal, bytes, pairs }: CpuResult): void {
  const ratio = ratiosOf(pairs)
  print(`${name} (${bytes} bytes)`)
  print(`  CPU against bare node:http  ${show(ratio, 2)}  ${verdict(ratio.median, goal)}`)
  print(`  edge, µs a request          ${show(spreadOf(pairs.map((p) => perRequest(p.edge))), 1)}`)
  print(`  bare, µs a request          ${show(spreadOf(pairs.map((p) => perRequest(p.bare))), 1)}`)
}

function reportMemory({ content, when, pastes, bytes, rss, believed }: MemoryResult): void {
  const share = bytes / believed
  const judged = content === 'random' ? verdict(bytes, MEMORY_GOAL) : ''
  print(`memory of 1 KiB of ${content}, of ${pastes}, ${when}`)
  print(`  heapUsed + external, bytes  ${bytes.toFixed(0)}  ${judged}`)
  print(`  the edge's own accounting   ${believed.toFixed(0)}`)
  print(`  used against accounted      ${share.toFixed(2)}  ${verdict(share, BELIEF_GOAL)}`)
  print(`  resident, bytes             ${rss.toFixed(0)}`)
}

function show({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} … ${max.toFixed(digits)})`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

print(
  `Node ${process.version}; median (lowest … highest) of ${scale.launches} launches, ${scale.pairs} pairs each`,
)
for (const result of await measureCpu(scale)) reportCpu(result)
await measureMemory('random', scale.pastes, reportMemory)
await measureMemory('text', scale.texts, reportMemory)
if (failed) process.exitCode = 1
