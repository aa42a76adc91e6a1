import type { Browser } from 'playwright-core'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import { type Screen, screens } from '../support/console/screens.ts'
import { underTest } from '../support/console/under-test.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

/** When the page drew its first text, in milliseconds after it was asked for. */
const FIRST_PAINT = `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null`

/** What was loaded for it, in bytes as they were sent. */
const TRANSFERRED = `performance.getEntriesByType('resource').reduce((sum, { transferSize }) => sum + transferSize, 0)`

test('every screen can be opened by its address, with nothing in the cache', async () => {
  const rows: string[] = []
  for (const screen of Object.keys(screens) as Screen[]) {
    await using console = await openConsole(browser, underTest.url)
    const { page, faults } = console
    const { at, shows } = screens[screen]
    await page.goto(`${new URL('/', underTest.url)}#/${at}`)
    await page.reload()
    const begun = performance.now()
    await page.locator(shows).first().waitFor()
    const [paint, bytes] = await Promise.all([page.evaluate<number>(FIRST_PAINT), page.evaluate<number>(TRANSFERRED)])
    rows.push(
      `${screen.padEnd(12)} first paint ${Math.round(paint)} ms, ${bytes} bytes, answers ${Math.round(performance.now() - begun)} ms`,
    )
    expect(paint).not.toBeNull()
    expect(faults).toEqual([])
  }
  // A machine's speed is no reason to fail: it is for the documentation.
  process.stdout.write(`${rows.join('\n')}\n`)
})
