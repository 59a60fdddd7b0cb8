import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isMultipart, MultipartError, parseMultipart, readBoundary } from './multipart.ts'

interface Sent {
  name: string
  fileName: string | null
  bytes: Uint8Array
}

interface Style {
  eol: '\r\n' | '\n'
  header: string
  preamble: string
  epilogue: string
}

const BOUNDARY = 'XbX'
const PLAIN: Style = { eol: '\r\n', header: 'Content-Disposition', preamble: '', epilogue: '\r\n' }

function build(parts: readonly Sent[], { eol, header, preamble, epilogue }: Style = PLAIN): Buffer {
  const pieces: (string | Uint8Array)[] = [preamble]
  for (const { name, fileName, bytes } of parts) {
    const file = fileName === null ? '' : `; filename="${escape(fileName)}"`
    pieces.push(`--${BOUNDARY}${eol}${header}: form-data; name="${escape(name)}"${file}${eol}`)
    pieces.push(`content-type: text/plain${eol}${eol}`, bytes, eol)
  }
  pieces.push(`--${BOUNDARY}--${epilogue}`)
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)))
}

/** As browsers do (WHATWG HTML, multipart/form-data encoding algorithm). */
function escape(text: string): string {
  return text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

const names = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((name) => !/[\\%]/.test(name))
/** Made of what confuses: line ends, dashes, boundaries that are none, NUL, what is no UTF-8. */
const pieces = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc
    .constantFrom(
      '\r',
      '\n',
      '\r\n',
      '\n\n',
      '--',
      '\0',
      '\u{feff}',
      BOUNDARY,
      `--${BOUNDARY}`,
      `x--${BOUNDARY}\n`,
      `\n--${BOUNDARY}x`,
      `\r\n--${BOUNDARY}-\r\n`,
      `\n--${BOUNDARY}--x`,
    )
    .map((text) => Buffer.from(text)),
)
const contents = fc
  .array(pieces, { maxLength: 8 })
  .map((list) => Buffer.concat(list))
  // What would be a boundary is one, wherever it came from.
  .filter((bytes) => !/(?:^|\n)--XbX(?:--)?[ \t]*(?:\r?\n|\r?$)/.test(bytes.toString('latin1')))
const sentParts = fc.array(
  fc.record({ name: names, fileName: fc.option(names), bytes: contents }),
  { maxLength: 6 },
)
const styles = fc.record<Style>({
  eol: fc.constantFrom('\r\n', '\n'),
  header: fc.constantFrom('Content-Disposition', 'content-disposition', 'CONTENT-DISPOSITION'),
  preamble: fc.constantFrom('', 'This is a multi-part message.\r\n', '\n'),
  epilogue: fc.constantFrom('', '\r\n', '\n', '  \r\nepilogue'),
})

function parse(body: Buffer) {
  return parseMultipart(body, BOUNDARY)
}

test('every part comes out with exactly the bytes it went in with', () => {
  fc.assert(
    fc.property(sentParts, styles, (sent, style) => {
      const parts = parse(build(sent, style))
      assert.deepEqual(
        parts,
        sent.map((part) => ({ ...part, bytes: Buffer.from(part.bytes) })),
      )
    }),
    { numRuns: 1000 },
  )
})

test('a body that was cut off is an error, wherever it was cut', () => {
  const sent = [
    { name: 'a', fileName: 'x.md', bytes: Buffer.from('one\r\n--Xb\r\n') },
    { name: 'b', fileName: null, bytes: Buffer.from('two') },
  ]
  const whole = build(sent, { ...PLAIN, epilogue: '' })
  for (let length = 0; length < whole.length; length += 1) {
    assert.throws(() => parse(whole.subarray(0, length)), MultipartError, String(length))
  }
})

test('nothing makes it throw anything but its own error', () => {
  const junk = fc.array(
    fc.oneof(
      pieces,
      fc.constantFrom(`--${BOUNDARY}\r\n`, '\nContent-Disposition: ; name="').map(Buffer.from),
    ),
    { maxLength: 30 },
  )
  fc.assert(
    fc.property(junk, (list) => {
      try {
        parse(Buffer.concat(list))
      } catch (error) {
        assert.ok(error instanceof MultipartError, String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('parameters are read as clients write them', () => {
  const cases: [disposition: string, name: string, fileName: string | null][] = [
    ['form-data; name=file; filename=notes.md', 'file', 'notes.md'],
    ['form-data; NAME="file"; FileName="notes.md"', 'file', 'notes.md'],
    ['form-data; filename="x; name=evil"; name="file"', 'file', 'x; name=evil'],
    [String.raw`form-data; name="file"; filename="a\"b\\c"`, 'file', String.raw`a"b\c`],
    [String.raw`form-data; name="file"; filename="C:\new\x.md"`, 'file', String.raw`C:\new\x.md`],
    ['form-data; name="file"; filename="%22%0d%0A%20"', 'file', '"\r\n%20'],
    ['form-data; name="file"; filename="?"; filename*=utf-8\'\'caf%C3%A9', 'file', 'café'],
    ["form-data; name=file; filename=x; filename*=UTF-8''%FF", 'file', 'x'],
    ['form-data; name="one"; name="two"', 'one', null],
    ['form-data;\r\n name="folded"', 'folded', null],
    ['form-data', '', null],
    ['form-data; name="open', '', null],
  ]
  for (const [disposition, name, fileName] of cases) {
    const body = `--XbX\r\nContent-Disposition: ${disposition}\r\n\r\nx\r\n--XbX--`
    assert.deepEqual(parse(Buffer.from(body)), [{ name, fileName, bytes: Buffer.from('x') }])
  }
})

test('a part without headers, without content or without either is one', () => {
  const body = '--XbX\r\n\r\ntext\r\n--XbX\r\nContent-Disposition: x; name=a\r\n\r\n--XbX\n--XbX--'
  assert.deepEqual(
    parse(Buffer.from(body)).map(({ name, bytes }) => [name, bytes.toString()]),
    [
      ['', 'text'],
      ['a', ''],
      ['', ''],
    ],
  )
})

test('content without an empty line before it is not lost in silence', () => {
  assert.throws(() => parse(Buffer.from('--XbX\r\nhello\r\n--XbX--')), MultipartError)
})

test('a form of no parts has none', () => {
  assert.deepEqual(parse(Buffer.from('--XbX--\r\n')), [])
})

test('100 parts are taken, more are not, and headers have an end', () => {
  const part = { name: 'a', fileName: null, bytes: Buffer.from('x') }
  const times = (length: number) => Array.from({ length }, () => part)
  assert.equal(parse(build(times(100))).length, 100)
  assert.throws(() => parse(build(times(101))), /more than 100 parts/)
  assert.throws(() => parse(build(times(1000))), /more than 100 parts/)
  const long = (length: number) => build([{ ...part, name: 'n'.repeat(length) }])
  assert.equal(parse(long(8000))[0]?.name.length, 8000)
  assert.throws(() => parse(long(8200)), /no end of its headers/)
})

test('the boundary is found however the type is written', () => {
  const cases: [type: string | undefined, boundary: string | null][] = [
    ['multipart/form-data; boundary=XbX', 'XbX'],
    ['Multipart/Form-Data;BOUNDARY="a b:c"; charset=utf-8', 'a b:c'],
    ['multipart/form-data; charset=utf-8; boundary=----WebKit0', '----WebKit0'],
    ['multipart/form-data; boundary=', null],
    ['multipart/form-data', null],
    [undefined, null],
  ]
  for (const [type, boundary] of cases) assert.equal(readBoundary(type), boundary)
})

test('only form-data is a form', () => {
  for (const type of ['multipart/form-data', ' MULTIPART/form-data ;boundary=x']) {
    assert.ok(isMultipart(type))
  }
  for (const type of [undefined, '', 'multipart/mixed', 'text/plain', 'multipart/form-datax']) {
    assert.ok(!isMultipart(type))
  }
})
