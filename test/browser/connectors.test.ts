import { gunzipSync } from 'node:zlib'
import type { Browser, Locator, Page } from 'playwright-core'
import { createStore } from '../../lib/s3/store.ts'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import type { ConnectorName } from '../support/console/connectors.ts'
import { endOf, isReading, positionOf } from '../support/console/positions.ts'
import { underTest } from '../support/console/under-test.ts'
import { until } from '../support/console/until.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

const cardOf = (page: Page, name: ConnectorName): Locator => page.getByRole('article', { name })

test('what needs somebody comes first, with its reason and who has to act', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('connectors')
  const payments = cardOf(console.page, 'payments-to-lake')
  await payments.getByText('STOPPED', { exact: true }).waitFor()
  await payments.getByText('VALUE_UNDECODABLE').first().waitFor()
  await payments.getByText('Someone has to act').first().waitFor()
  const cards = await console.page.getByRole('article').all()
  const [first] = await Promise.all(cards.map(card => card.getAttribute('aria-label')))
  expect(first).toBe('payments-to-lake')
  expect(console.faults).toEqual([])
})

test('a check shows each of its lines', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('connectors')
  const card = cardOf(console.page, 'atlantic')
  await card.getByRole('button', { name: 'Check' }).click()
  await card.getByText(/^\d+ checks passed/).waitFor()
  await card.getByText('source topic orders').waitFor({ state: 'attached' })
  expect(console.faults).toEqual([])
})

test('a test record is in the object that the card leads to', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('connectors')
  const { page } = console
  const card = cardOf(page, 'orders-to-lake')
  await card.getByRole('button', { name: 'Test' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Key (empty: none)').fill('from the console')
  await dialog.getByLabel('Value (empty: none)').fill('{"sent":"from the console"}')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await card.getByText(/Arrived after/).waitFor()
  const link = card.getByRole('link', { name: 's3://' })
  const key = (await link.innerText()).replace(`s3://${underTest.places.store.bucket}/`, '')
  const body = await createStore(underTest.places.store).get(key)
  expect(gunzipSync(body).toString()).toContain('"value":{"sent":"from the console"}')
  await link.click()
  await page.getByRole('row').filter({ hasText: 'from the console' }).first().waitFor()
  expect(console.faults).toEqual([])
})

/** Goes on by the keyboard until an element with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let step = 0; step < 200; step++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate<string>('document.activeElement.textContent.trim().replace(/\\s+/g, " ")')
    if (focused === name) return
  }
  throw new Error(`The keyboard does not reach ${name}`)
}

test('by keyboard alone, a connector stops reading and reads on', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('connectors')
  const { page } = console
  const card = cardOf(page, 'clicks-to-lake')
  await card.getByRole('button', { name: 'Pause' }).waitFor()
  await tabTo(page, 'Pause clicks-to-lake')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  // Without the name, there is nothing to press.
  expect(await dialog.getByRole('button', { name: 'Pause' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Type clicks-to-lake to confirm').focus()
  await page.keyboard.type('clicks-to-lake')
  await page.keyboard.press('Enter')
  await card.getByText('PAUSED', { exact: true }).waitFor()

  await until(async () => !(await isReading('clicks-to-lake', 'clicks')))
  const paused = await positionOf('clicks-to-lake', 'clicks')
  const end = await endOf('clicks')
  await until(async () => (await endOf('clicks')) > end + 200)
  expect(await positionOf('clicks-to-lake', 'clicks')).toBe(paused)

  await card.getByRole('button', { name: 'Resume' }).waitFor()
  await tabTo(page, 'Resume clicks-to-lake')
  await page.keyboard.press('Enter')
  await dialog.waitFor()
  await tabTo(page, 'Resume')
  await page.keyboard.press('Enter')
  await until(async () => (await positionOf('clicks-to-lake', 'clicks')) > end)
  expect(console.faults).toEqual([])
})
