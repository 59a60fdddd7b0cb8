import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { type GetSignedUrlConfig, Storage } from '@google-cloud/storage'
import fc from 'fast-check'
import { findSignatureFault, type SignatureRules, type SignedRequest } from './signature.ts'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
const EMAIL = 'test@example.invalid'
const HOUR_MS = 3_600_000
// The client refuses to sign for a time that is over, so "now" cannot be fixed.
const NOW = Math.floor(Date.now() / 1000) * 1000
const RULES: SignatureRules = { publicKey, clientEmail: EMAIL, nowMs: NOW }

function pem(key: typeof privateKey): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** A request for what Google's own client has signed. */
async function signed(
  config: Partial<GetSignedUrlConfig> = {},
  key = privateKey,
): Promise<SignedRequest> {
  const storage = new Storage({ apiEndpoint: 'http://127.0.0.1:4443/secret', projectId: 'x' })
  storage.authClient.jsonContent = { client_email: EMAIL, private_key: pem(key) }
  const [url] = await storage
    .bucket('pastes')
    .file('an id!')
    .getSignedUrl({
      version: 'v4',
      action: 'read',
      accessibleAt: NOW,
      expires: NOW + HOUR_MS,
      ...config,
    })
  const { pathname, search, host } = new URL(url)
  return { method: 'GET', url: pathname + search, headers: { host } }
}

const request = await signed()
const fault = (changes: Partial<SignedRequest>, rules: Partial<SignatureRules> = {}) =>
  findSignatureFault({ ...request, ...changes }, { ...RULES, ...rules })
const edited = (pattern: RegExp, replacement: string) => {
  const url = request.url.replace(pattern, replacement)
  assert.notEqual(url, request.url)
  return fault({ url })
}

test("what Google's client signs is accepted, the port aside", () => {
  assert.equal(fault({}), null)
  assert.equal(fault({ headers: { host: '127.0.0.1' } }), null)
})

test('a signed header has to come, as it was signed', async () => {
  const withHeader = await signed({ extensionHeaders: { 'X-Goog-Meta-A': ' b   c ' } })
  const { host } = withHeader.headers
  const answer = (headers: SignedRequest['headers']) =>
    findSignatureFault({ ...withHeader, headers: { host, ...headers } }, RULES)
  assert.equal(answer({ 'x-goog-meta-a': 'b c' }), null)
  assert.equal(answer({ 'x-goog-meta-a': 'other' }), 'wrong signature')
  assert.equal(answer({}), 'unsigned header')
})

test('an x-goog- header that was not signed is refused', () => {
  assert.equal(fault({ headers: { ...request.headers, 'x-goog-meta-a': 'b' } }), 'unsigned header')
})

test('an unsigned request is refused', () => {
  assert.equal(fault({ url: '/pastes/id' }), 'unsigned')
  assert.equal(edited(/&X-Goog-Signature=.*$/, ''), 'unsigned')
})

test('an altered request is refused', () => {
  assert.equal(edited(/an%20id/, 'another'), 'wrong signature')
  assert.equal(edited(/^\/pastes/, '/others'), 'wrong signature')
  assert.equal(edited(/$/, '&generation=1'), 'wrong signature')
  assert.equal(edited(/X-Goog-Expires=3600/, 'X-Goog-Expires=3601'), 'wrong signature')
  assert.equal(fault({ headers: { host: 'elsewhere' } }), 'wrong signature')
  assert.equal(fault({ method: 'PUT' }), 'wrong signature')
  assert.equal(fault({ method: 'HEAD' }), 'wrong signature')
  assert.equal(edited(/SignedHeaders=host/, 'SignedHeaders=date'), 'unsigned header')
})

test('a foreign key or identity is refused', async () => {
  const byOther = await signed({}, foreign.privateKey)
  assert.equal(findSignatureFault(byOther, RULES), 'wrong signature')
  assert.equal(fault({}, { clientEmail: 'other@example.invalid' }), 'foreign identity')
})

test('a scope of another day, service or kind is refused', () => {
  assert.equal(edited(/%2Fstorage%2F/, '%2Fother%2F'), 'foreign identity')
  assert.equal(edited(/goog4_request/, 'aws4_request'), 'foreign identity')
  assert.equal(edited(/%2F\d{8}%2F/, '%2F20200101%2F'), 'foreign identity')
  assert.equal(edited(/goog4_request/, 'goog4_request%2Fmore'), 'foreign identity')
})

test('another algorithm is refused', () => {
  assert.equal(edited(/GOOG4-RSA-SHA256/, 'GOOG4-HMAC-SHA256'), 'unknown algorithm')
  assert.equal(edited(/GOOG4-RSA-SHA256/, 'none'), 'unknown algorithm')
})

test('a URL is good until it expires, and not from then on', () => {
  assert.equal(fault({}, { nowMs: NOW + HOUR_MS - 1 }), null)
  assert.equal(fault({}, { nowMs: NOW + HOUR_MS }), 'expired')
})

test('a URL may be signed by a clock a quarter of an hour ahead, not more', () => {
  assert.equal(fault({}, { nowMs: NOW - HOUR_MS / 4 }), null)
  assert.equal(fault({}, { nowMs: NOW - HOUR_MS / 4 - 1 }), 'not valid yet')
})

test('a URL for more than a week is refused, although rightly signed', async () => {
  const week = 7 * 24 * HOUR_MS
  const longest = await signed({ expires: NOW + week })
  assert.equal(findSignatureFault(longest, RULES), null)
  const url = longest.url.replace('X-Goog-Expires=604800', 'X-Goog-Expires=604801')
  assert.equal(findSignatureFault({ ...longest, url }, RULES), 'too long an expiry')
})

test('parameters that cannot be read, or come twice, are refused', () => {
  assert.equal(edited(/X-Goog-Expires=3600/, 'X-Goog-Expires=3600.5'), 'malformed')
  assert.equal(edited(/X-Goog-Expires=3600/, 'X-Goog-Expires=0'), 'malformed')
  assert.equal(edited(/X-Goog-Date=\d+/, 'X-Goog-Date=yesterday'), 'malformed')
  assert.equal(edited(/X-Goog-Date=\d{8}/, 'X-Goog-Date=20209999'), 'foreign identity')
  assert.equal(edited(/X-Goog-Signature=../, 'X-Goog-Signature=zz'), 'malformed')
  assert.equal(edited(/$/, '&X-Goog-Expires=3600'), 'malformed')
  assert.equal(edited(/$/, '&%zz'), 'malformed')
})

test('no other URL is accepted, and none throws', () => {
  const query = fc.webQueryParameters()
  fc.assert(
    fc.property(fc.oneof(fc.string(), query), fc.nat(request.url.length), (text, at) => {
      const url = request.url.slice(0, at) + text + request.url.slice(at)
      const answer = fault({ url })
      assert.ok(answer !== null || text === '' || isHarmless(url))
    }),
  )
})

/** An empty parameter, or one character of hex written large. */
function isHarmless(url: string): boolean {
  return url.replaceAll(/&+/g, '&').replace(/&$/, '').replace('?&', '?') === request.url
}

/** Google's own test vectors: googleapis/conformance-tests, storage/v1/v4_signatures.json. */
const GOOGLE_EMAIL = 'test-iam-credentials@dummy-project-id.iam.gserviceaccount.com'
const GOOGLE_KEY = createPublicKey(`-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArD8zIqyKLbX0Nq8o0Jj1
qHEhHhqO3+0OP7TEFx5Vxc6PdwBoFNrfnJRI/S+ZaDYS1avr5Pqpp8g8+UNOMvI1
VsjGM8xjTaxkVv8mmKp6pSmQstTt25pzY1exA2wv4xNWSwWNFNx2kh35+kvTQ/DF
3YA9P7pUU1sKur1PP8OoubWLFO59iy5UE5dX0O/3pjvZ2HAhSXsx2VWtB5nlrHR8
FrKJNLJMEGEDSMz9yRfQaUeYCU9oDYHuiqKQ3rCXi6C82l+3FJw5/ggJ5y7iw8ME
rCFSslcYQRbBVz6ZYKWkEcJhs8BG3/16bfaqNusNlDIJ99I7DmipUngF/HEulYhf
rQIDAQAB
-----END PUBLIC KEY-----`)

const VECTORS = [
  {
    what: 'a simple GET',
    path: '/test-bucket/test-object',
    signedHeaders: 'host',
    signature:
      '95e6a13d43a1d1962e667f17397f2b80ac9bdd1669210d5e08e0135df9dff4e56113485dbe429ca2266487b9d1796ebdee2d7cf682a6ef3bb9fbb4c351686fba90d7b621cf1c4eb1fdf126460dd25fa0837dfdde0a9fd98662ce60844c458448fb2b352c203d9969cb74efa4bdb742287744a4f2308afa4af0e0773f55e32e92973619249214b97283b2daa14195244444e33f938138d1e5f561088ce8011f4986dda33a556412594db7c12fc40e1ff3f1bedeb7a42f5bcda0b9567f17f65855f65071fabb88ea12371877f3f77f10e1466fff6ff6973b74a933322ff0949ce357e20abe96c3dd5cfab42c9c83e740a4d32b9e11e146f0eb3404d2e975896f74',
  },
  {
    what: 'a name with slashes and a header with them',
    path: '/test-bucket/path/with/slashes/under_score/amper%26sand/file.ext',
    signedHeaders: 'header%2Fname%2Fwith%2Fslash%3Bhost',
    headers: { 'header/name/with/slash': 'should-be-encoded' },
    signature:
      '2a9a82e84e39f5d2c0d980514db17f8c3dece473c9a5743d54e8453f9811927b1b99ce548c534cababd8fa339183e75b410e12e32a4c72f5ff176e95651fabed0072e59e7e236eb7e26f52c0ce599db1c47ae07af1a98d20872b6fde23432c0a5fcf4fb2dda735169198c80cd5cc51be9904f7e5eef2cc489ff44ac5697c529e4b34ac08709a7d2e425619377212c64561ed8b4d2fcb70a26e4f9236f995ab4658d240ac85c7a353bae6b2d39d5fc0716afa435a1f6e100db5504612b5e610db370623ab4b8eba3c03c98f23dcb4b9ffd518f2212abb2f93649d25385d71603d470cff0b7631adb9d0849d38609dedb3097761c8f47ec0d57777bb063611c05b',
  },
  {
    what: 'a query parameter that has to be encoded',
    path: '/test-bucket/test-object',
    signedHeaders: 'host&souffl%C3%A9=%3D%25-_.~',
    signature:
      '38dd9ca622b80bca10f405e7d9ba0f0fbea719ca84d66078a484c5b54b1ce98e3fa8a0d2065216ed6ac03179be69312dabf428f8171b95994bdafe465a6f7893bacc7213a7bf4054ce2d78d4b60c34df24cc43e509ad7c81be47148d43a0e67d50d8fe38c85b0c63f9a51149b4f3335315946fef8ab34315ce3f6ce01f1831abb3eda5e7e211823855ed1767c65a8c7aeec357de096e3406897acfe092fead51bbea7df83e25a6180f80c8a0871e4901c370f77f5675f2405be7ccd55fd6dd22a87cf0adfafdb3f6fa99974fcf6c947b62294eebd7954e546c28f5490a6c50694c0e4882fcfe0d4a4ae8891a92579d6099a9b4c84d9f033a3b339163b6670b7e',
  },
]

for (const { what, path, signedHeaders, headers = {}, signature } of VECTORS) {
  test(`what Google's vectors sign is accepted: ${what}`, () => {
    const credential = encodeURIComponent(`${GOOGLE_EMAIL}/20190201/auto/storage/goog4_request`)
    const url = `${path}?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=${credential}&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=${signedHeaders}&X-Goog-Signature=${signature}`
    const vector = { method: 'GET', url, headers: { host: 'storage.googleapis.com', ...headers } }
    const nowMs = Date.UTC(2019, 1, 1, 9)
    const rules = { publicKey: GOOGLE_KEY, clientEmail: GOOGLE_EMAIL, nowMs }
    assert.equal(findSignatureFault(vector, rules), null)
    assert.equal(findSignatureFault(vector, { ...rules, nowMs: nowMs + 10_000 }), 'expired')
  })
}
