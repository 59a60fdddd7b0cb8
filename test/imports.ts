import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { matchesGlob, posix } from 'node:path'
import {
  boundaries,
  mainFiles,
  processParts,
  processRule,
  testCode,
  testPackages,
  testRule,
  toolFolders,
} from './boundaries.ts'

/** Holds the imports of source files against the table. Paths are relative to the root. */

/** The files' texts by their paths. */
export type Sources = ReadonlyMap<string, string>

const FROM = /^[ \t]*(?:import|export)\s(?:[^'"`;()]*?\sfrom\s*)?['"]([^'"\n]+)['"]/gm
const CALL =
  /\b(?:import|require|import\.meta\.resolve)\(\s*(?:(['"])([^'"\n]+)\1|([^'"\s)][^)\n]*))/g
const COMMENT = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm

export function readSources(paths: readonly string[], root: string): Sources {
  return new Map(paths.map((path) => [path, readFileSync(posix.join(root, path), 'utf8')]))
}

/** What a file imports: static, re-exported, for its type only, or dynamic. */
export function importsOf(source: string): string[] {
  const code = source.replace(COMMENT, '')
  const fixed = [...code.matchAll(FROM)].map(([, specifier = '']) => specifier)
  const called = [...code.matchAll(CALL)].map(
    ([, , specifier, computed]) => specifier ?? `computed: ${computed}`,
  )
  return [...fixed, ...called]
}

export function isTestCode(path: string): boolean {
  const [folder = ''] = path.split('/')
  if (toolFolders.some((each) => each === folder)) return true
  return testCode.some((pattern) => matchesGlob(path, pattern))
}

/** @returns what breaks the table, as sentences; empty when all is well */
export function violations(sources: Sources): string[] {
  const broken: string[] = []
  for (const [path, source] of sources) {
    if (isTestCode(path)) continue
    for (const specifier of importsOf(source)) {
      const rule = ruleAgainst(path, specifier)
      if (rule !== null) broken.push(`${path} imports ${specifier}: ${rule}`)
    }
    for (const part of matchesGlob(path, mainFiles) ? [] : partsOfProcess(source)) {
      broken.push(`${path} uses process.${part}: ${processRule}`)
    }
  }
  return broken
}

function ruleAgainst(path: string, specifier: string): string | null {
  const [folder = ''] = path.split('/')
  const boundary = boundaries[folder]
  if (boundary === undefined) return `${folder} is not in the table`
  if (testPackages.some((name) => specifier === name || specifier.startsWith(`${name}/`))) {
    return testRule
  }
  if (specifier === 'node:process') return processRule
  if (specifier.startsWith('node:') && isBuiltin(specifier)) return null
  if (!specifier.startsWith('.')) {
    const isAllowed = boundary.packages.includes(packageOf(specifier))
    return isAllowed ? null : boundary.rule
  }
  const target = resolve(path, specifier)
  if (isTestCode(target)) return testRule
  const [targetFolder = ''] = target.split('/')
  const isAllowed = targetFolder === folder || boundary.folders.includes(targetFolder)
  return isAllowed ? null : boundary.rule
}

function partsOfProcess(source: string): string[] {
  const code = source.replace(COMMENT, '')
  return processParts.filter((part) => new RegExp(`\\bprocess\\??\\.${part}\\b`).test(code))
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}

function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier)
}

/** @returns a cycle of imports, types included, as paths of which the last is the first; or null */
export function findCycle(sources: Sources): string[] | null {
  const done = new Set<string>()
  const trail: string[] = []

  function visit(path: string): string[] | null {
    const seenAt = trail.indexOf(path)
    if (seenAt >= 0) return [...trail.slice(seenAt), path]
    const source = sources.get(path)
    if (source === undefined || done.has(path)) return null
    trail.push(path)
    for (const specifier of importsOf(source)) {
      const cycle = specifier.startsWith('.') ? visit(resolve(path, specifier)) : null
      if (cycle !== null) return cycle
    }
    trail.pop()
    done.add(path)
    return null
  }

  for (const path of sources.keys()) {
    const cycle = visit(path)
    if (cycle !== null) return cycle
  }
  return null
}
