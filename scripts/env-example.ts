import { settings } from '../shared/settings.ts'

const HEADER = `# Settings of Ledge. Copy this file to .env and take the # off a line to set it.
# Each may also be given as NAME_FILE: the path of a file that holds the value (for secrets).
`

/** The text of `.env.example`: every setting, what it means and may be, commented out. */
export function renderEnvExample(): string {
  const entries = Object.entries(settings).map(
    ([name, { form, meaning, default: fallback, example }]) =>
      [
        `# ${meaning}.`,
        `# Allowed: ${form.allowed}. Default: ${fallback ?? 'none'}.`,
        `#${name}=${example}`,
        '',
      ].join('\n'),
  )
  return [HEADER, ...entries].join('\n')
}
