import { formatDuration } from '../../shared/duration.ts'
import { formatBytes } from '../../shared/http/bytes.ts'
import type { UploadLimits } from '../options.ts'

/** What `curl URL` prints: each line can be copied as it stands. */
export function renderUsage(url: string, limits: UploadLimits): string {
  const usual = formatDuration(limits.defaultTtlMs)
  const longest = formatDuration(limits.maxTtlMs)
  return `# Ledge: text with a time to live, up to ${formatBytes(limits.maxPasteBytes)}
cmd | curl -T- ${url}                      # paste; prints the link
cmd | curl -T- "${url}?ttl=1h"             # gone in an hour (default ${usual}, at most ${longest})
cmd | curl -T- "${url}?burn"               # can be opened once: curl -X POST ${url}/ID/open
curl -i -T notes.md ${url}                 # -i shows the X-Token that deletes it
curl -X DELETE -H "X-Token: TOKEN" ${url}/ID
`
}
