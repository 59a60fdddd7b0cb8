import type { Coding, Faces, Form, Representation } from './faces.ts'

/** A representation with the headers of its last answers, as long as the next ones are the same. */
export interface Stamped {
  face: Representation
  accelSeconds: number
  cacheStatus: string
  /** Plain objects, made once: that is what hono's server writes fastest. */
  ok: Readonly<Record<string, string>>
  notModified: Readonly<Record<string, string>>
}

export interface Stamps {
  find(faces: Faces, wanted: Wanted): Stamped | undefined
  keep(faces: Faces, stamped: Stamped): Stamped
}

export interface Wanted {
  form: Form
  coding: Coding
  accelSeconds: number
  cacheStatus: string
}

/** Made in one second at the most; a second after that starts anew anyhow. */
const MAX_STAMPS = 20_000

/**
 * What was answered in this second. X-Accel-Expires names the second, so that what is older is
 * of no use: a paste that is read now and then costs no memory for its headers. Weak, since it
 * must not keep what memory evicted.
 */
export function createStamps(): Stamps {
  let newest = 0
  let count = 0
  let byFaces = new WeakMap<Faces, Stamped[]>()

  return {
    find(faces, { form, coding, accelSeconds, cacheStatus }) {
      for (const stamped of byFaces.get(faces) ?? []) {
        const { face } = stamped
        if (face.form !== form || face.coding !== coding) continue
        if (stamped.accelSeconds === accelSeconds && stamped.cacheStatus === cacheStatus) {
          return stamped
        }
      }
      return undefined
    },
    keep(faces, stamped) {
      count += 1
      // The clock may be set back: then it is their number that ends them.
      if (stamped.accelSeconds > newest || count > MAX_STAMPS) {
        newest = Math.max(newest, stamped.accelSeconds)
        count = 0
        byFaces = new WeakMap()
      }
      const { form, coding } = stamped.face
      const others = (byFaces.get(faces) ?? []).filter(
        ({ face }) => face.form !== form || face.coding !== coding,
      )
      byFaces.set(faces, [...others, stamped])
      return stamped
    },
  }
}
