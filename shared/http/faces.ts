/** What was made of a record for readers: bytes and headers of one form in one encoding. */

/** `json` and `document` (haste's) are made elsewhere than the rest: json-faces.ts. */
export type Form = 'raw' | 'download' | 'text' | 'html' | 'json' | 'document'

/** As bits go out; `br` is not among them yet. */
export type Coding = 'identity' | 'gzip'

export interface Representation {
  form: Form
  coding: Coding
  body: Buffer
  etag: string
  /** The headers of the last answers, for as long as the next ones are the same. */
  stamped: Stamped | null
}

export interface Stamped {
  accelSeconds: number
  cacheStatus: string
  ok: Readonly<Record<string, string>>
  notModified: Readonly<Record<string, string>>
}

/** Kept with the record in memory, never in a cache of its own. */
export interface Faces {
  /** Few, so that a list is smaller and no slower than a map. */
  kept: Representation[]
  /** Bytes of bodies kept here that are not the record's own. */
  bytes: number
}

export function createFaces(): Faces {
  return { kept: [], bytes: 0 }
}

export function findFace(faces: Faces, form: Form, coding: Coding): Representation | undefined {
  for (const face of faces.kept) if (face.form === form && face.coding === coding) return face
  return undefined
}
