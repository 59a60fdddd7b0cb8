import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

/**
 * The scripts of the pages: plain files that a browser runs as they are. Each stands inline in its
 * page, and its SHA-256 in the policy, so nothing else runs and nothing else is fetched.
 */

export type ScriptName = 'paste' | 'editor' | 'manage'

/** In every page's head, before anything is painted. */
export const HEAD_SCRIPT = read('head')

/** At the end of a page. */
export const SCRIPTS: Readonly<Record<ScriptName, string>> = {
  paste: scoped(read('copy') + read('paste')),
  editor: scoped(read('editor')),
  manage: scoped(read('copy') + read('manage')),
}

/** Base64 SHA-256 of all of them, for the policy. */
export const SCRIPT_HASHES: readonly string[] = [HEAD_SCRIPT, ...Object.values(SCRIPTS)].map(
  (script) => createHash('sha256').update(script).digest('base64'),
)

function read(name: string): string {
  const script = readFileSync(new URL(`scripts/${name}.js`, import.meta.url), 'utf8')
  // Readers are not sent the reasons, nor the indentation.
  return script.replace(/^ *\/\/.*\n/gm, '').replace(/^ +|\n(?=\n)/gm, '')
}

/** Its names stay its own, and no global is overwritten. */
function scoped(script: string): string {
  return `'use strict';{\n${script}}\n`
}
