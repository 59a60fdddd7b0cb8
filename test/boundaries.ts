/**
 * What may know what: one table of folders and packages. `npm run fix` makes the linter's
 * restrictions from it, and test/boundaries.test.ts holds every import against it.
 */

export interface Boundary {
  /** Folders that it may import from, beside itself. */
  folders: readonly string[]
  /** npm packages that it may import; Node's own modules are free to all. */
  packages: readonly string[]
  /** The rule in words, for whoever broke it. */
  rule: string
}

/** Production code; whoever adds a package or a folder adds it here. */
export const boundaries: Readonly<Record<string, Boundary>> = {
  shared: {
    folders: [],
    packages: [
      '@google-cloud/storage',
      '@hono/node-server',
      'base-x',
      'envalid',
      'hono',
      'pino',
      'prom-client',
    ],
    rule: 'shared is a leaf: it knows none of those who share it',
  },
  edge: {
    folders: ['shared'],
    packages: ['hono', 'lru-cache', 'pino', 'prom-client'],
    rule: 'an edge knows shared only: never the origin, Postgres or anything that writes',
  },
  origin: {
    folders: ['shared'],
    packages: [
      'croner',
      'hono',
      'p-map',
      'pg',
      'pino',
      'prom-client',
      'sql-template-strings',
      'zod',
    ],
    rule: 'the origin knows shared only: never an edge or its memory',
  },
  views: {
    folders: ['shared'],
    packages: ['pino', 'prom-client'],
    rule: 'views knows shared only: its way to the origin is a stream',
  },
  local: {
    folders: ['edge', 'origin', 'shared', 'views'],
    packages: ['@electric-sql/pglite', '@google-cloud/storage', 'hono', 'pg', 'pino'],
    rule: 'local puts the services together: it knows them all, but does none of their work',
  },
}

/** Folders in which everything is test code or a tool. */
export const toolFolders = ['bench', 'scripts', 'test'] as const

/** Test code inside of a production folder. It may import anything and is imported by none. */
export const testCode = ['**/*.test.ts', '**/*.full.ts', '**/suite.ts', '**/testing/**'] as const

/** Packages and modules that only test code and tools may import. */
export const testPackages = ['fast-check', 'node:test'] as const

export const testRule = 'production code never imports test code or a tool'

/** The only files that may touch these parts of `process`, and the rule about them. */
export const mainFiles = '*/main.ts'
export const processParts = ['env', 'exit', 'exitCode', 'on', 'once'] as const
export const processRule = 'only a main.ts touches the environment, signals and the exit'
