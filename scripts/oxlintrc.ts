import {
  boundaries,
  mainFiles,
  processParts,
  processRule,
  testCode,
  testPackages,
  testRule,
  toolFolders,
} from '../test/boundaries.ts'

/** The linter's settings: a base, and restrictions made from the table of boundaries. */

const rules = {
  'no-console': 'error',
  'max-lines': ['error', { max: 350, skipBlankLines: false, skipComments: false }],
  'max-lines-per-function': ['error', { max: 60, skipBlankLines: false, skipComments: false }],
  'import/no-cycle': 'error',
  'typescript/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  'typescript/no-explicit-any': 'error',
  'typescript/no-non-null-assertion': 'error',
  'typescript/no-floating-promises': ['error', { allowForKnownSafeCalls: nodeTest() }],
  'unicorn/no-process-exit': 'error',
  'no-restricted-properties': [
    'error',
    ...processParts.map((property) => ({ object: 'process', property, message: processRule })),
  ],
  // What comes from outside is narrowed by checks that the compiler cannot follow.
  'typescript/no-unsafe-type-assertion': 'off',
  // Objects are literals whose functions never look at `this`.
  'typescript/unbound-method': 'off',
  // `fc.integer` is how fast-check is written.
  'import/no-named-as-default-member': 'off',
  // A helper may stand beside its only use.
  'unicorn/consistent-function-scoping': 'off',
  // It does not see that others abort a signal.
  'no-unmodified-loop-condition': 'off',
}

/**
 * Factories whose functions share state by closure count as one function of so many lines. None of
 * the functions in them comes near the limit; these numbers may only go down.
 */
const factories = {
  'edge/app.ts': 75,
  'edge/follower.ts': 125,
  'edge/read.ts': 165,
  'edge/service.ts': 65,
  'origin/app.ts': 90,
  'origin/janitor.ts': 80,
  'origin/service.ts': 70,
  'origin/vouch.ts': 80,
  'shared/cache/in-process.ts': 65,
}

/** node:test keeps the promises that these return, and reports them itself. */
function nodeTest() {
  return [{ from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' }]
}

/** The text of `.oxlintrc.json`. */
export function renderOxlintrc(): string {
  const config = {
    $schema: './node_modules/oxlint/configuration_schema.json',
    plugins: ['typescript', 'unicorn', 'oxc', 'import', 'node'],
    categories: { correctness: 'error', suspicious: 'error' },
    options: { denyWarnings: true, reportUnusedDisableDirectives: 'error' },
    env: { builtin: true, node: true },
    ignorePatterns: ['data/**', 'coverage/**'],
    rules,
    overrides: [...restrictions(), ...freedoms()],
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

function restrictions() {
  const known = new Set(Object.values(boundaries).flatMap(({ packages }) => packages))
  return Object.entries(boundaries).map(([folder, { folders, packages, rule }]) => {
    const others = [...Object.keys(boundaries), ...toolFolders].filter(
      (each) => each !== folder && !folders.includes(each),
    )
    const production = others.filter((each) => each in boundaries)
    const strangers = [...known].filter((name) => !packages.includes(name)).toSorted()
    const tools = toolFolders.join('|')
    const patterns = [
      { regex: `^(?:\\.\\./)+(?:${production.join('|')})/`, message: rule },
      { regex: `^(?:${strangers.join('|')})(?:/|$)`, message: rule },
      {
        regex: `^(?:\\.\\./)+(?:${tools})/|/testing/|/suite\\.ts$|\\.(?:test|full)\\.ts$`,
        message: testRule,
      },
      { regex: `^(?:${testPackages.join('|')})(?:/|$)`, message: testRule },
      { regex: '^node:process$', message: processRule },
    ].filter(({ regex }) => !regex.includes('(?:)'))
    return {
      files: [`${folder}/**`],
      excludeFiles: testCode,
      rules: { 'no-restricted-imports': ['error', { patterns }] },
    }
  })
}

function freedoms() {
  const off = { 'no-restricted-properties': 'off', 'unicorn/no-process-exit': 'off' }
  return [
    { files: [mainFiles, 'test/mutants/run.ts'], rules: off },
    { files: [...testCode, ...toolFolders.map((each) => `${each}/**`)], rules: off },
    ...Object.entries(factories).map(([file, max]) => ({
      files: [file],
      rules: { 'max-lines-per-function': ['error', { max }] },
    })),
    // What they print is what they are for.
    { files: ['bench/**', 'scripts/**', 'test/mutants/run.ts'], rules: { 'no-console': 'off' } },
  ]
}
