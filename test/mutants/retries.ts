import type { Mutant } from './mutant.ts'

const CLAIMS_TEST = 'origin/claims.test.ts'

/** Of keys and limits: what keeps a retry from making a second paste. */
export const ofRetries: Mutant[] = [
  {
    name: 'a key is marked done without naming the id',
    file: 'origin/claims.ts',
    find: '    where key_hash = ${key.keyHash} and paste_id = ${id}`)\n  return count === 1',
    replace: '    where key_hash = ${key.keyHash}`)\n  return count === 1',
    testFile: CLAIMS_TEST,
    test: 'a create that wakes after its retry is done makes nothing',
  },
  {
    name: 'visible without its key',
    file: 'origin/claims.ts',
    find: 'if (!ours || !(await makeVisible(queryable, id))) throw new NotOursError()',
    replace: 'if (!(await makeVisible(queryable, id)) || !ours) return',
    testFile: CLAIMS_TEST,
    test: 'a create that wakes after its retry is done makes nothing',
  },
  {
    name: 'a lease is ignored',
    file: 'origin/claims.ts',
    find: 'and (known.leased_until <= now() or known.paste_id = ${held}))',
    replace: 'and (known.leased_until <= now() or ${held} is distinct from known.paste_id))',
    testFile: CLAIMS_TEST,
    test: '20 creates at once with one key make one paste; the others are told that it is in use',
  },
  {
    name: 'a lease never ends',
    file: 'origin/claims.ts',
    find: 'and (known.leased_until <= now() or known.paste_id = ${held}))',
    replace: 'and known.paste_id = ${held})',
    testFile: CLAIMS_TEST,
    test: 'I8: a crash at any step of a create, and a retry after the lease, make one paste',
  },
  {
    name: 'a key that is done is taken over',
    file: 'origin/claims.ts',
    find: 'or (not known.done and known.body_hash',
    replace: 'or (known.body_hash',
    testFile: CLAIMS_TEST,
    test: 'a create whose put failed does not take over a key that is done',
  },
  {
    name: 'X-Forwarded-For of anybody counts',
    file: 'origin/client-address.ts',
    find: 'if (!isTrusted(peer)) return peer',
    replace: '',
    testFile: 'origin/client-address.test.ts',
    test: 'a peer that is no trusted proxy is the client, whatever it says',
  },
]
