import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { createRoute } from '../shared/http/handle.ts'
import { testIds, testTokenKeys } from '../shared/testing/paste.ts'
import { addManageRoutes, manageCookie } from './manage.ts'
import type { PasteStatus } from './status-query.ts'
import { createTokens } from './tokens.ts'

const tokens = createTokens(testTokenKeys)
const BROWSER = { accept: 'text/html,application/xhtml+xml' }
const VISIBLE: PasteStatus = {
  state: 'visible',
  createdAt: new Date(0),
  expiresAt: new Date(86_400_000),
  goneAt: null,
  size: 2048,
  language: null,
  title: '<b>notes',
  burn: false,
}

function setup(its: { status?: PasteStatus | null; base?: string; propagated?: boolean } = {}) {
  const id = testIds.make()
  const token = tokens.make(id)
  const removed: string[] = []
  const { base = 'https://p.example', status = VISIBLE, propagated = true } = its
  const app = new Hono()
  addManageRoutes(app, createRoute({ observe: () => undefined }), {
    ids: testIds,
    tokens,
    findStatus: async () => status,
    async removePaste(gone, reason) {
      removed.push(`${gone} ${reason}`)
      return { propagated }
    },
    baseUrl: () => base,
  })
  async function ask(init: { method?: string; cookie?: string; form?: string; id?: string } = {}) {
    const { method = init.form === undefined ? 'GET' : 'POST', cookie, form } = init
    const url = `http://ledge.test/${init.id ?? id}/manage`
    const headers = { ...BROWSER, ...(cookie === undefined ? {} : { cookie }) }
    const response = await app.fetch(
      new Request(url, { method, headers, ...(form === undefined ? {} : { body: form }) }),
    )
    assert.equal(response.headers.get('cache-control'), 'no-store')
    return { response, page: await response.text() }
  }
  return { id, token, removed, ask, cookie: `other=1; token=${token}` }
}

test('with the cookie its maker sees link, expiry, size and the line that deletes', async () => {
  const { id, token, ask, cookie } = setup()
  const { response, page } = await ask({ cookie })
  assert.equal(response.status, 200)
  assert.ok(page.includes(`<a href="https://p.example/${id}">`))
  assert.ok(page.includes(`<a href="https://p.example/raw/${id}">`))
  assert.match(page, /It can be read\./)
  assert.match(page, /datetime="1970-01-02T00:00:00\.000Z"/)
  assert.match(page, /2 KiB/)
  assert.ok(page.includes(`X-Token: ${token}&quot; https://p.example/${id}</code>`))
  assert.match(page, /<h1 dir="auto">&lt;b&gt;notes<\/h1>/)
  assert.equal((await ask({ cookie, method: 'HEAD' })).page, '')
})

test('without the right cookie there is a field for the token, and nothing else', async () => {
  const { id, removed, ask } = setup()
  for (const cookie of [undefined, 'token=', 'token=x', `token=${tokens.make(testIds.make())}`]) {
    for (const form of [undefined, 'delete=1']) {
      const { response, page } = await ask({
        ...(cookie === undefined ? {} : { cookie }),
        ...(form === undefined ? {} : { form }),
      })
      assert.equal(response.status, 403)
      assert.match(page, /<input name="token"/)
      assert.ok(page.includes(`action="/${id}/manage"`))
      assert.ok(page.includes(response.headers.get('x-request-id') ?? 'none'))
      assert.doesNotMatch(page, /notes|2 KiB/)
    }
  }
  assert.deepEqual(removed, [])
})

test('the right token becomes a cookie of this path that no other site can use', async () => {
  const { id, token, ask } = setup()
  const { response } = await ask({ form: `token=${token}` })
  assert.equal(response.status, 303)
  assert.equal(response.headers.get('location'), `/${id}/manage`)
  const cookie = `token=${token}; Path=/${id}/manage; HttpOnly; SameSite=Strict`
  assert.equal(response.headers.get('set-cookie'), `${cookie}; Secure`)
  assert.equal(manageCookie(id, token, 'http://p.example'), cookie)
  const wrong = await ask({ form: 'token=%0d%0aset-cookie:x' })
  assert.equal(wrong.response.status, 403)
  assert.equal(wrong.response.headers.get('set-cookie'), null)
})

test('the button deletes, and says how far it got', async () => {
  for (const [propagated, said] of [
    [true, /It is deleted, everywhere\./],
    [false, /gone within seconds/],
  ] as const) {
    const { id, removed, ask, cookie } = setup({ propagated })
    const { response, page } = await ask({ cookie, form: 'delete=1' })
    assert.equal(response.status, 200)
    assert.deepEqual(removed, [`${id} deleted`])
    assert.match(page, said)
  }
})

test('what is gone says when and why, and offers no link and no button', async () => {
  const goneAt = new Date(43_200_000)
  for (const [state, why] of [
    ['expired', /It expired/],
    ['deleted', /It was deleted/],
    ['burned', /It was opened, and so deleted/],
    ['removed', /removed after a report/],
  ] as const) {
    const { ask, cookie } = setup({ status: { ...VISIBLE, state, goneAt } })
    const { page } = await ask({ cookie })
    assert.match(page, why)
    assert.match(page, /<time datetime="1970-01-01T12:00:00\.000Z">/)
    assert.doesNotMatch(page, /p\.example|<form/)
  }
})

test('what was never made, other forms and other methods are refused', async () => {
  const { removed, ask, cookie } = setup()
  assert.equal((await ask({ cookie, id: 'forged' })).response.status, 404)
  assert.equal((await ask({ cookie, form: 'x=1' })).response.status, 400)
  assert.equal((await ask({ cookie, form: 'delete='.padEnd(5000, '1') })).response.status, 413)
  const put = await ask({ cookie, method: 'PUT' })
  assert.equal(put.response.status, 405)
  assert.equal(put.response.headers.get('allow'), 'GET, HEAD, POST')
  assert.deepEqual(removed, [])
})

test('a row that nobody has any more is no failure', async () => {
  const { ask, cookie } = setup({ status: null })
  const { response, page } = await ask({ cookie })
  assert.equal(response.status, 200)
  assert.match(page, /Nothing is known of it any more/)
})
