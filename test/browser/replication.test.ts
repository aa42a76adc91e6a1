import type { Browser } from 'playwright-core'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import { GROUP } from '../support/console/load.ts'
import { endOf } from '../support/console/positions.ts'
import { underTest } from '../support/console/under-test.ts'
import { until } from '../support/console/until.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

test('both clusters are side by side, and a group has what it would read next', async () => {
  const replica = 'europe.customers'
  await until(async () => (await endOf(replica, underTest.places.target)) > 0)
  await using console = await openConsole(browser, underTest.url)
  await console.show('replication/atlantic')
  const { page } = console
  await page.getByRole('row').filter({ hasText: replica }).first().waitFor()
  await page.getByRole('link', { name: GROUP }).click()
  await page.getByRole('heading', { name: GROUP }).waitFor()
  expect(console.faults).toEqual([])
})
