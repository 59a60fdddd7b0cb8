export interface Mutant {
  name: string
  file: string
  /** Matches exactly once in `file`. */
  find: string
  replace: string
  testFile: string
  /** The whole name of the test that kills it. */
  test: string
}
