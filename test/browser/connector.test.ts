import type { Browser } from 'playwright-core'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import { underTest } from '../support/console/under-test.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

test('a connector’s flow, lines, log, declaration and cost are there at once', async () => {
  await using console = await openConsole(browser, underTest.url, { width: 1600 })
  await console.show('connector/orders-to-lake')
  const { page } = console
  // Topics, mapping, function, bucket, and where failed records go.
  const flow = page.getByRole('img', { name: /orders/ }).first()
  await flow.waitFor()
  await page.locator('canvas').first().waitFor()
  await page.getByText('Object written').first().waitFor()
  await page.getByText('failurePolicy: log').waitFor()
  await page.getByText(/\$/).first().waitFor()
  expect(console.faults).toEqual([])
})

test('the log goes on by itself, and shows one level when asked', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('connector/orders-to-lake')
  const { page } = console
  const newest = page.getByText('Object written').first()
  await newest.waitFor()
  await page
    .getByLabel('Level')
    .selectOption({ label: 'ERROR' })
    .catch(() => page.getByLabel('Level').selectOption('ERROR'))
  await page.getByText('VALUE_UNDECODABLE').first().waitFor()
  await newest.waitFor({ state: 'detached' })
  expect(console.faults).toEqual([])
})

test('a topic of 500 partitions is shown in pages, those with most unread first', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('connector/sensors-to-lake')
  const { page } = console
  const partitions = page.getByRole('region', { name: 'Partitions' }).first()
  await page.getByText('500', { exact: true }).first().waitFor()
  expect(await partitions.locator('tbody tr').count()).toBe(50)
  await page.getByLabel('Order').selectOption({ label: 'Topic and number' })
  await partitions.getByText('sensors-0', { exact: true }).waitFor()
  expect(console.faults).toEqual([])
})
