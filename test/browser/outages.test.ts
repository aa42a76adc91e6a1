import type { Browser } from 'playwright-core'
import { type ConsolePage, openConsole, startBrowser } from '../support/console/browser.ts'
import { declared } from '../support/console/connectors.ts'
import { type Screen, waitForScreen } from '../support/console/screens.ts'
import { startServers } from '../support/console/servers.ts'
import { type ShownService, shown } from '../support/console/shown-service.ts'
import { underTest } from '../support/console/under-test.ts'

/** A service of its own, since other tests would notice that its servers are away. */
let service: ShownService
let browser: Browser

beforeAll(async () => {
  const servers = await startServers()
  const connectors = { 'orders-to-lake': declared['orders-to-lake'] }
  service = await shown(servers, connectors, async () => {})
  browser = await startBrowser(underTest.chromium)
})

afterAll(async () => {
  await browser?.close()
  await service?.stop()
})

const trouble = '.trouble'

/** Looks at a screen while a server goes away and returns. */
async function seen(screen: Screen, away: (look: () => Promise<void>) => Promise<void>): Promise<ConsolePage> {
  const console = await openConsole(browser, service.url)
  await waitForScreen(console, screen)
  const { page } = console
  await page.locator(trouble).first().waitFor({ state: 'detached' })
  await away(async () => {
    await page.locator(trouble).first().waitFor({ timeout: 120_000 })
    // What was seen last is still there.
    await waitForScreen(console, screen)
  })
  await page.locator(trouble).first().waitFor({ state: 'detached', timeout: 120_000 })
  return console
}

/** Whoever asks while a server is away is told so by the answer's status, which Chromium prints. */
const isToldByStatus = (fault: string) => /Failed to load resource.* 502/.test(fault)

test('a store that goes away is told, what was seen stays, and the page catches up by itself', async () => {
  await using console = await seen('objects', async look => {
    service.servers.way.cut()
    await look()
    service.servers.way.join()
  })
  expect(console.faults.filter(fault => !isToldByStatus(fault))).toEqual([])
})

test('a broker that goes away is told, what was seen stays, and the page catches up by itself', async () => {
  await using console = await seen('records', look => service.servers.kafka.withoutIt(look))
  expect(console.faults.filter(fault => !isToldByStatus(fault))).toEqual([])
})
