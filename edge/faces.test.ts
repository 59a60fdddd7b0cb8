import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FACE_CASES, type FaceCase } from '../shared/http/negotiate-cases.ts'
import { makeTestRecord, testIds } from '../shared/testing/paste.ts'
import { createEdgeApp } from './app.ts'
import { leased, publish } from './testing/edge.ts'

/** Every client of the table, over HTTP: what it gets of a paste, of a burn paste and of none. */

const TYPES = {
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  json: 'application/json',
}
const PROBLEM_TYPES = { ...TYPES, json: 'application/problem+json' }

const { world, edge } = await leased()
const app = createEdgeApp({
  ...edge,
  observe: () => undefined,
  publicUrl: 'https://p.example',
  contact: null,
})
const nowMs = world.clock.now()
const { head } = await publish(world, makeTestRecord('first line\n', { nowMs, title: 'notes.md' }))
const burn = makeTestRecord('secret', { nowMs, burn: true })
await publish(world, burn, false)

async function ask({ accept, userAgent }: FaceCase, path: string) {
  const headers = new Headers()
  if (accept !== null) headers.set('accept', accept)
  if (userAgent !== null) headers.set('user-agent', userAgent)
  const response = await app.request(path, { headers })
  return { response, type: response.headers.get('content-type'), body: await response.text() }
}

test('every client gets the face that it can read', async () => {
  for (const client of FACE_CASES) {
    const { response, type, body } = await ask(client, `/${head.id}`)
    assert.equal(type, TYPES[client.face], client.client)
    assert.equal(response.headers.get('vary'), 'Accept, Accept-Encoding, User-Agent')
    if (client.face === 'text') assert.equal(body, 'first line\n', client.client)
    if (client.face === 'json') assert.equal((JSON.parse(body) as typeof head).id, head.id)
    if (client.face === 'html') assert.match(body, /^<!doctype html>/i, client.client)
  }
})

test('and errors in the same one, without a word of a burn paste', async () => {
  for (const client of FACE_CASES) {
    for (const [path, status] of [
      [`/${testIds.make()}`, 404],
      [`/${burn.head.id}`, 428],
    ] as const) {
      const { response, type, body } = await ask(client, path)
      assert.deepEqual([response.status, type], [status, PROBLEM_TYPES[client.face]], client.client)
      assert.doesNotMatch(body, /secret/)
    }
  }
})

function named(name: RegExp): FaceCase[] {
  const found = FACE_CASES.filter(({ client }) => name.test(client))
  assert.ok(found.length > 0, String(name))
  return found
}

test('link previews get a page with a title', async () => {
  for (const name of [/^Slack/, /^Telegram/, /^Discord/, /^WhatsApp/, /^Teams/]) {
    for (const client of named(name)) {
      const { body } = await ask(client, `/${head.id}`)
      assert.match(body, /<title>notes\.md · Ledge<\/title>/, client.client)
      assert.match(body, /<meta property="og:title" content="notes\.md">/)
    }
  }
})

test('Java and PowerShell get the bytes by default, whatever they call themselves', async () => {
  for (const name of [/^Java/, /PowerShell$/]) {
    for (const client of named(name).filter(({ accept }) => accept !== 'application/json')) {
      assert.equal((await ask(client, `/${head.id}`)).body, 'first line\n', client.client)
    }
  }
})

test('/raw is the bytes for every one of them', async () => {
  for (const client of FACE_CASES) {
    const { type, body } = await ask(client, `/raw/${head.id}`)
    assert.deepEqual([type, body], [TYPES.text, 'first line\n'], client.client)
  }
})
