import type { Browser } from 'playwright-core'
import { createStore } from '../../lib/s3/store.ts'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import type { ConnectorName } from '../support/console/connectors.ts'
import { ARCHIVED, lost } from '../support/console/planted.ts'
import { underTest } from '../support/console/under-test.ts'
import { until } from '../support/console/until.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

/** In milliseconds. */
const LISTING_MS = 240_000

/** Elements of a page that a browser lays out at once, with room for a table of a hundred rows. */
const MAX_ELEMENTS = 5_000

test('of 20,000 objects, the one gap is found, and the page stays small', async () => {
  await using console = await openConsole(browser, underTest.url)
  const { page } = console
  await console.show('objects/archive-to-lake')
  await page
    .getByText(`${(ARCHIVED - 1).toLocaleString('en')} objects`)
    .first()
    // This store lists 20,000 objects much more slowly than others do.
    .waitFor({ timeout: LISTING_MS })
  await page.getByText('1 partition with gaps or overlaps').waitFor()
  expect(await page.locator('*').count()).toBeLessThan(MAX_ELEMENTS)
  await page.getByRole('link', { name: /^archive/ }).click()
  await page.getByLabel(/only gaps/).check()
  await page.getByRole('button', { name: 'Show' }).click()
  const gap = [lost.first, lost.last].map(offset => offset.toLocaleString('en')).join('–')
  await page.getByRole('row').filter({ hasText: gap }).getByText('gap').waitFor()
  expect(console.faults).toEqual([])
}, 600_000)

test('the bucket is a tree, page by page where a folder holds much', async () => {
  await using console = await openConsole(browser, underTest.url)
  const { page } = console
  await console.show('objects/archive-to-lake')
  await page.getByRole('link', { name: 'Bucket' }).click()
  await page.getByRole('link', { name: 'archive/', exact: true }).last().click()
  await page.getByRole('link', { name: 'partition=0/' }).click()
  await page.getByRole('link', { name: 'Next page' }).click()
  await page.getByRole('link', { name: 'First page' }).waitFor()
  await page.getByRole('link', { name: 'First page' }).click()
  expect(console.faults).toEqual([])
})

const formats: Partial<Record<ConnectorName, string>> = {
  'orders-to-lake': 'jsonl',
  'clicks-to-lake': 'parquet',
  'payments-to-lake': 'json',
  'sensors-to-lake': 'avro',
}

test.each(Object.entries(formats))('an object of %s, in the format %s, is shown as a table', async (name, format) => {
  const store = createStore(underTest.places.store)
  const prefix = `${name.split('-')[0]}/`
  let found: string | undefined
  await until(async () => {
    for await (const { key } of store.list(prefix)) {
      if (!key.includes('/_') && key.includes(`.${format}`)) found = key
      if (found !== undefined) break
    }
    return found !== undefined
  })
  await using console = await openConsole(browser, underTest.url)
  await console.show(`objects/${name}?${new URLSearchParams({ key: found as string })}`)
  await console.page.getByRole('row').filter({ hasText: 'order-' }).first().waitFor()
  expect(console.faults).toEqual([])
})

test('the queries name the bucket and the objects', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('objects/orders-to-lake?view=query')
  const { page } = console
  await page.getByRole('region', { name: 'DuckDB' }).getByText('s3://lake/orders/').first().waitFor()
  await page
    .getByRole('region', { name: /pyarrow/ })
    .getByText('pyarrow')
    .first()
    .waitFor()
  expect(console.faults).toEqual([])
})
