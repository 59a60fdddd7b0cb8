import { z } from 'zod'
import { problems } from '../shared/http/problems.ts'

/** The body of `POST /api/pastes`. */
const bodySchema = z.strictObject({
  // What is no Unicode could not come back as it was sent.
  text: z.string().refine((text) => text.isWellFormed(), 'has half a surrogate pair'),
  /** As in a query, or in seconds. */
  ttl: z.union([z.string(), z.int().nonnegative()]).optional(),
  language: z.string().optional(),
  title: z.string().optional(),
  burn: z.boolean().optional(),
})

export type ApiBody = z.infer<typeof bodySchema>

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** @throws Problem 400 */
export function parseApiBody(bytes: Uint8Array): ApiBody {
  const result = bodySchema.safeParse(parseJson(bytes))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const path = issue?.path.join('.') ?? ''
  throw problems.badJson(`${path === '' ? '' : `${path}: `}${issue?.message ?? 'it is wrong'}`)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    // What the parser says quotes the body.
    throw problems.badJson('it cannot be parsed')
  }
}
