import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { checkAccessibility, launchBrowser, openTab, type Visit } from './support/browser.ts'
import { makePaste } from './support/client.ts'
import { startTestSystem } from './support/system.ts'

const system = await startTestSystem()
after(system.close)
const origin = await system.listen('front')
const browser = await launchBrowser()
after(() => browser.close())

/** Everything that is easily lost on the way: a BOM, CR, tabs, spaces and empty lines at the end. */
const TEXT = '\ufeff<b>one</b> &amp;\r\n\ttwo\t \rthree\n\n  four\n\n'

async function visit<T>(its: Omit<Visit, 'origin'>, run: (page: Page) => Promise<T>): Promise<T> {
  const { page, context, complaints } = await openTab(browser, { ...its, origin })
  try {
    const result = await run(page)
    assert.deepEqual(complaints, [])
    return result
  } finally {
    await context.close()
  }
}

function clipboardOf(page: Page): Promise<string> {
  return page.evaluate('navigator.clipboard.readText()')
}

test('the copy button copies the exact bytes', async () => {
  const { id } = await makePaste(system, TEXT)
  await visit({}, async (page) => {
    await page.goto(`/${id}`)
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    assert.equal(await clipboardOf(page), TEXT)
  })
})

test('what is selected by hand is copied as it is, without line numbers', async () => {
  const lines = Array.from({ length: 450 }, (_, at) => `${at}\tline \r\n`).join('')
  for (const text of [TEXT, lines]) {
    const { id } = await makePaste(system, text)
    await visit({}, async (page) => {
      await page.goto(`/${id}`)
      await page.evaluate(`getSelection().selectAllChildren(document.querySelector('main'))`)
      await page.keyboard.press('Control+c')
      assert.equal(await clipboardOf(page), text)
    })
  }
})

test('without scripts the text is there, exact, with its links and no dead button', async () => {
  const { id } = await makePaste(system, TEXT)
  await visit({ scripts: false }, async (page) => {
    await page.goto(`/${id}`)
    assert.equal(await page.locator('main').textContent(), TEXT)
    assert.equal(await page.locator('button:visible').count(), 0)
    await page.getByRole('link', { name: 'Raw' }).click()
    assert.equal(new URL(page.url()).pathname, `/raw/${id}`)
  })
})

test('a link to lines marks them and shows the first; a tap on a number makes one', async () => {
  const { id } = await makePaste(system, 'line\n'.repeat(1000))
  await visit({}, async (page) => {
    await page.goto(`/${id}#L701-L703`)
    assert.equal(await page.locator('li.on').count(), 3)
    const first = page.locator('ol[start="601"] > li').nth(100)
    assert.match((await first.getAttribute('class')) ?? '', /on/)
    assert.ok((await first.boundingBox().then((box) => box?.y ?? -1)) > 0)
    const click = { position: { x: 5, y: 5 } }
    await first.click(click)
    assert.equal(new URL(page.url()).hash, '#L701')
    await page
      .locator('ol[start="601"] > li')
      .nth(104)
      .click({ ...click, modifiers: ['Shift'] })
    assert.equal(new URL(page.url()).hash, '#L701-L705')
    assert.equal(await page.locator('li.on').count(), 5)
  })
})

test('the wrap of long lines is remembered', async () => {
  const { id } = await makePaste(system, `${'x'.repeat(5000)}\n`)
  await visit({}, async (page) => {
    const heightOf = async () => (await page.locator('li').boundingBox())?.height ?? 0
    await page.goto(`/${id}`)
    const wrapped = await heightOf()
    await page.getByRole('button', { name: 'Wrap' }).click()
    const flat = await heightOf()
    assert.ok(flat < 40 && wrapped > 40, `${flat} ${wrapped}`)
    await page.reload()
    assert.equal(await heightOf(), flat)
    assert.equal(await page.locator('#wrap').getAttribute('aria-pressed'), 'false')
  })
})

test('a paste that can be opened once is opened, copied, and gone', async () => {
  for (const scripts of [true, false]) {
    const { id } = await makePaste(system, TEXT, '?burn')
    await visit({ scripts }, async (page) => {
      assert.equal((await page.goto(`/${id}`))?.status(), 428)
      await page.getByRole('button', { name: 'Open and delete' }).click()
      assert.equal(await page.locator('main').textContent(), TEXT)
      if (scripts) {
        await page.getByRole('button', { name: 'Copy' }).click()
        await page.getByRole('button', { name: 'Copied' }).waitFor()
        assert.equal(await clipboardOf(page), TEXT)
      }
      assert.equal((await page.request.post(`/${id}/open`)).status(), 410)
    })
  }
})

test('its maker gives the token, sees its fate and deletes it', async () => {
  for (const scripts of [true, false]) {
    const { id, token } = await makePaste(system, 'text\n')
    await visit({ scripts }, async (page) => {
      assert.equal((await page.goto(`/${id}/manage`))?.status(), 403)
      await page.getByLabel('Delete token').fill(token)
      await page.getByRole('button', { name: 'Open' }).click()
      await page.getByText('It can be read').waitFor()
      if (scripts) {
        await page.getByRole('button', { name: 'Copy link' }).click()
        await page.getByRole('button', { name: 'Copied' }).waitFor()
        assert.equal(await clipboardOf(page), `${origin}/${id}`)
      }
      await page.getByText('Delete it').click()
      await page.getByRole('button', { name: 'Delete for good' }).click()
      await page.getByText('It is deleted, everywhere.').waitFor()
      assert.equal((await page.goto(`/${id}`))?.status(), 410)
    })
  }
})

interface Sent {
  fields: Record<string, string>
  type: string
}

/** Answers what the editor sends as a refusal. */
async function refuseForm(page: Page, seen: (sent: Sent) => void): Promise<void> {
  await page.route('/', async (route) => {
    const request = route.request()
    if (request.method() !== 'POST') return route.continue()
    const type = request.headers()['content-type'] ?? ''
    const body = new Uint8Array(request.postDataBuffer() ?? [])
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    const entries = [...form].filter(([, value]) => typeof value === 'string')
    seen({ type, fields: Object.fromEntries(entries) as Record<string, string> })
    return route.fulfill({ status: 422, contentType: 'text/html', body: '<title>x</title>refused' })
  })
}

test('the editor sends a multipart form, with scripts and without', async () => {
  for (const scripts of [true, false]) {
    await visit({ scripts }, async (page) => {
      const sent = Promise.withResolvers<Sent>()
      await refuseForm(page, sent.resolve)
      await page.goto('/')
      await page.getByLabel('Text').fill('one\n\ttwo\n')
      await page.getByLabel('Title').fill('notes.md')
      await page.getByLabel('Language').fill('c++')
      await page.getByLabel('Gone after').selectOption('1 hour')
      await page.getByLabel('Delete when opened once').check()
      await page.getByRole('button', { name: 'Make the paste' }).click()
      const { type, fields } = await sent.promise
      await page.getByText('refused').waitFor()
      assert.match(type, /^multipart\/form-data/)
      const text = 'one\r\n\ttwo\r\n'
      const options = { title: 'notes.md', lang: 'c++', ttl: '1h', burn: '1' }
      assert.deepEqual(fields, { form: 'editor', text, ...options })
    })
  }
})

test('a draft is kept until it was made; Ctrl+Enter sends it; the size is told', async () => {
  const { id, token } = await makePaste(system, 'made before')
  await visit({}, async (page) => {
    const sent = Promise.withResolvers<Sent>()
    await refuseForm(page, sent.resolve)
    await page.goto('/')
    await page.getByLabel('Text').fill('über')
    assert.equal(await page.locator('#size').textContent(), '5 bytes of 10 MiB')
    await page.keyboard.press('Control+Enter')
    assert.equal((await sent.promise).fields.text, 'über')
    await page.getByText('refused').waitFor()
    await page.goto('/?again')
    assert.equal(await page.getByLabel('Text').inputValue(), 'über')
    await page.evaluate(`sessionStorage.setItem('sent', '1')`)
    await page.goto(`/${id}/manage`)
    await page.getByLabel('Delete token').fill(token)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByText('It can be read').waitFor()
    await page.goto('/?new')
    assert.equal(await page.getByLabel('Text').inputValue(), '')
  })
})

test('a dropped file takes the place of the text, and can be taken away again', async () => {
  await visit({}, async (page) => {
    await page.goto('/')
    const file = { name: 'a.txt', mimeType: 'text/plain', buffer: Buffer.alloc(2048, 'x') }
    await page.locator('input[type=file]').setInputFiles(file)
    assert.equal(await page.locator('#size').textContent(), 'a.txt: 2 KiB of 10 MiB')
    assert.ok(await page.getByLabel('Text').isDisabled())
    await page.getByRole('button', { name: 'Remove file' }).click()
    assert.ok(await page.getByLabel('Text').isEnabled())
  })
})

test('axe finds nothing on any page, light and dark, on a phone and on a screen', async () => {
  const { id, token } = await makePaste(system, `a \u202e b\n${'long '.repeat(100)}\n`.repeat(30))
  const burn = await makePaste(system, TEXT, '?burn')
  const binary = await makePaste(system, Buffer.from([0, 1]))
  const paths = ['/', `/${id}`, `/${id}#L2`, `/${burn.id}`, `/${binary.id}`, '/absent']
  for (const width of [390, 1280]) {
    for (const dark of [false, true]) {
      await visit({ width, dark }, async (page) => {
        for (const path of paths) {
          await page.goto(path)
          await checkAccessibility(page, `${path} ${width} ${dark}`)
        }
        await page.goto(`/${id}/manage`)
        await checkAccessibility(page, `token ${width} ${dark}`)
        await page.getByLabel('Delete token').fill(token)
        await page.getByRole('button', { name: 'Open' }).click()
        await page.getByText('It can be read').waitFor()
        await checkAccessibility(page, `manage ${width} ${dark}`)
      })
    }
  }
})
