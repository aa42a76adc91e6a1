import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

const axeScript = createRequire(import.meta.url).resolve('axe-core')

/** Chromium asks its maker for updates and lists otherwise. The tests run as root in containers, where it has no sandbox. */
const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']

/** How long something may take to appear: a machine that does other things as well is slow. */
const PATIENCE_MS = 60_000

export interface Look {
  width?: number
  height?: number
  scheme?: 'light' | 'dark'
}

/** A page of the console, and everything that went wrong in it. */
export interface ConsolePage extends AsyncDisposable {
  page: Page
  /** Errors and warnings of the browser's console, violations of the policy for content, and requests to another host. */
  faults: string[]
  /** Goes to a screen, such as `records/orders-to-lake`, and waits until it has its heading. */
  show(screen: string): Promise<void>
  close(): Promise<void>
}

export async function startBrowser(executablePath: string): Promise<Browser> {
  return await chromium.launch({ executablePath, args })
}

/** Opens the console as a person does: by the address with the token. */
export async function openConsole(browser: Browser, url: string, look: Look = {}): Promise<ConsolePage> {
  const { width = 1280, height = 900, scheme = 'light' } = look
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme })
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const faults = watchFaults(context, page, new URL(url).host)
  await page.goto(url)
  return {
    ...{ page, faults },
    async show(screen) {
      await page.evaluate(`location.hash = ${JSON.stringify(`#/${screen}`)}`)
      await page.locator('main h1').first().waitFor()
    },
    close: () => context.close(),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

function watchFaults(context: BrowserContext, page: Page, host: string): string[] {
  const faults: string[] = []
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', error => faults.push(`error: ${error.stack ?? error}`))
  // A dialog of the browser would come from injected code.
  page.on('dialog', dialog => {
    faults.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('request', request => {
    const { protocol, host: asked } = new URL(request.url())
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== host) faults.push(`request to ${asked}`)
  })
  return faults
}

/** What axe finds serious or critical, in a few words each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // The policy for content forbids a script element, and rightly so; the debugger's way is open.
  await page.evaluate(await readFile(axeScript, 'utf8'))
  const { violations } = await page.evaluate<AxeResults>("axe.run(document, { resultTypes: ['violations'] })")
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`))
}

/** How far the page is wider than the window, in pixels: then it has to be scrolled sideways. */
export function sidewaysScroll(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}
