import type { Browser } from 'playwright-core'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import { endOf } from '../support/console/positions.ts'
import { underTest } from '../support/console/under-test.ts'
import { until } from '../support/console/until.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

/** A plan reads the whole dump, which grows while the tests run. In milliseconds. */
const PLAN_MS = 180_000

const { source, target } = underTest.places

/** Records of a topic, on whichever cluster it is. */
const recordsOf = async (topic: string) => (await endOf(topic, source)) + (await endOf(topic, target))

test('a restore is planned, which changes nothing, and then brings the records under another name', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('restore/orders-to-lake')
  const { page } = console
  await page.getByLabel('Name of orders on the target').fill('orders-copy')
  await page.getByRole('textbox', { name: 'Offsets' }).fill('orders-0:0-4')
  await page.getByRole('button', { name: 'Plan' }).click()
  await page.getByText('Nothing was changed').first().waitFor({ timeout: PLAN_MS })
  expect(await recordsOf('orders-copy')).toBe(0)
  await page
    .getByRole('button', { name: /^Restore/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('as orders → orders-copy').waitFor()
  await dialog.getByLabel('Type orders-to-lake to confirm').fill('orders-to-lake')
  await dialog.getByRole('button', { name: 'Restore' }).click()
  // A transaction ends with a marker, which has an offset as well.
  await until(async () => (await recordsOf('orders-copy')) >= 5)
  expect(console.faults).toEqual([])
})
