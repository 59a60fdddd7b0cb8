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
}

/** Kept with the record in memory, never in a cache of its own. */
export interface Faces {
  /** Those whose body is not the record's own; few, so that a list is smaller than a map. */
  kept: readonly Representation[]
  /** Bytes of their bodies. */
  bytes: number
}

export function createFaces(): Faces {
  return { kept: [], bytes: 0 }
}

export function findFace(faces: Faces, form: Form, coding: Coding): Representation | undefined {
  for (const face of faces.kept) if (face.form === form && face.coding === coding) return face
  return undefined
}
