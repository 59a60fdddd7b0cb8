import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'

/** A real browser that tells of every error on its console and every request to another host. */

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
] as const

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: [...FLAGS] })
}

export interface Visitor {
  page: Page
  context: BrowserContext
  /** What must be empty: errors on the console and requests to other hosts. */
  complaints: string[]
}

export interface Visit {
  /** The only origin that may be asked. */
  origin: string
  scripts?: boolean
  dark?: boolean
  width?: number
}

/** A fresh profile with one tab. */
export async function openTab(browser: Browser, visit: Visit): Promise<Visitor> {
  const { origin, scripts = true, dark = false, width = 1280 } = visit
  const context = await browser.newContext({
    javaScriptEnabled: scripts,
    colorScheme: dark ? 'dark' : 'light',
    viewport: { width, height: 844 },
    baseURL: origin,
  })
  const complaints: string[] = []
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin })
  const page = await context.newPage()
  page.on('console', (message) => {
    // An answer of 403 or 410 is itself told as an error: it is what was asked for.
    const isStatus = message.text().startsWith('Failed to load resource: the server responded')
    if (message.type() === 'error' && !isStatus) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) complaints.push(`asked ${request.url()}`)
  })
  return { page, context, complaints }
}

/** @throws AssertionError with what axe found */
export async function checkAccessibility(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join()}`)
  assert.deepEqual(found, [], where)
}
