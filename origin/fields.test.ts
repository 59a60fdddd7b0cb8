import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../shared/http/problems.ts'
import { chooseContent, contentBytes, fileNameOf, readFields, readMixedFields } from './fields.ts'

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary=b'

function field(name: string, text: string, fileName: string | null = null) {
  return { name, fileName, bytes: Buffer.from(text) }
}

function chosen(fields: [name: string, text: string][], first: string | null = null) {
  return chooseContent(
    fields.map(([name, text]) => field(name, text)),
    first,
  )?.bytes.toString()
}

test('the paste is the field whose name comes first in the list, wherever it stands', () => {
  const names = 'file f:1 sprunge clbin text content c code paste data raw'.split(' ')
  for (let from = 0; from < names.length; from += 1) {
    const fields = names.slice(from).map((name): [string, string] => [name, name])
    assert.equal(chosen(fields.toReversed()), names[from])
  }
})

test('what is empty is passed over, and an option is never the paste', () => {
  const cases: [fields: [name: string, text: string][], paste: string | undefined][] = [
    [
      [
        ['file', ''],
        ['text', 'typed'],
      ],
      'typed',
    ],
    [
      [
        ['ttl', '1h'],
        ['mine', 'text'],
        ['other', 'more'],
      ],
      'text',
    ],
    [
      [
        ['expires', '1'],
        ['expire', '1'],
        ['e', '1'],
        ['lang', 'c'],
        ['title', 'x'],
        ['burn', '1'],
        ['token', 'x'],
        ['delete', 'x'],
        ['form', 'editor'],
      ],
      undefined,
    ],
    [[['mine', '']], undefined],
    [[], undefined],
  ]
  for (const [fields, paste] of cases) assert.equal(chosen(fields), paste)
  const both: [string, string][] = [
    ['file', 'other'],
    ['data', 'haste'],
  ]
  assert.equal(chosen(both, 'data'), 'haste')
})

test('only the editor’s own textarea gets the line ends that were typed', () => {
  const bytes = Buffer.from('\u{feff}a\r\nb\rc\n\r\n\xff', 'latin1')
  const text = { name: 'text', fileName: null, bytes }
  const file = { ...text, name: 'file', fileName: 'x.txt' }
  const editor = field('form', 'editor')
  const lf = Buffer.from('\u{feff}a\nb\rc\n\n\xff', 'latin1')
  assert.deepEqual(contentBytes([text, editor], text), lf)
  for (const [fields, from] of [
    [[text], text],
    [[text, field('form', 'other')], text],
    [[file, editor], file],
  ] as const) {
    assert.equal(contentBytes(fields, from), bytes)
  }
})

test('a file’s name is its last part; curl’s dash is none', () => {
  const cases: [fileName: string | null, name: string | null][] = [
    ['notes.md', 'notes.md'],
    ['../../etc/passwd', 'passwd'],
    [String.raw`C:\fakepath\x.md`, 'x.md'],
    ['a\nb/c', 'c'],
    ['-', null],
    ['', null],
    ['dir/', null],
    [null, null],
  ]
  for (const [fileName, name] of cases) assert.equal(fileNameOf(field('file', '', fileName)), name)
})

test('what is no form is raw where a raw body may be, and 400 where it may not', () => {
  const body = Buffer.from('a=1')
  assert.equal(readMixedFields(FORM, body), null)
  assert.equal(readMixedFields('multipart/mixed; boundary=b', body), null)
  assert.equal(readMixedFields('application/json', Buffer.from('text=1')), null)
  assert.equal(readMixedFields(FORM, Buffer.from('text=1'))?.length, 1)
  assert.equal(readFields(FORM, body).length, 1)
  for (const type of [undefined, 'text/plain', 'multipart/mixed; boundary=b']) {
    assert.throws(() => readFields(type, body), Problem)
  }
})

test('a broken form is 400 and says why', () => {
  const cases: [type: string, body: string, why: RegExp][] = [
    ['multipart/form-data', 'x', /^bad form: its Content-Type names no boundary$/],
    [MULTIPART, 'x', /^bad form: its boundary does not occur in it$/],
    [MULTIPART, '--b\r\n\r\nx', /^bad form: it ends before its last boundary$/],
    [FORM, 'text=1&'.repeat(101), /^bad form: it has more than 100 fields$/],
  ]
  for (const [type, body, why] of cases) {
    assert.throws(
      () => readMixedFields(type, Buffer.from(body)),
      (error) => error instanceof Problem && error.status === 400 && why.test(error.message),
    )
  }
})
