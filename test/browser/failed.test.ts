import type { Browser } from 'playwright-core'
import { openConsole, startBrowser } from '../support/console/browser.ts'
import { notJson } from '../support/console/load.ts'
import { underTest } from '../support/console/under-test.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

test('what failed is listed by cause and place, and each record can be looked at', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('failed/orders-to-lake')
  const { page } = console
  await page.getByText('VALUE_UNDECODABLE').first().waitFor()
  await page
    .getByRole('button', { name: /^Look at records of orders-/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(notJson).waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  expect(console.faults).toEqual([])
})

test('a redrive begins with a dry run, asks by name, and tells what came of each record', async () => {
  await using console = await openConsole(browser, underTest.url)
  await console.show('failed/orders-to-lake')
  const { page } = console
  await page.getByLabel('Records at most').fill('1')
  await page.getByRole('button', { name: 'Dry run' }).click()
  await page.getByText('Nothing was changed.').first().waitFor()
  await page.getByRole('button', { name: 'Redrive …' }).last().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Type orders-to-lake to confirm').fill('orders-to-lake')
  await dialog.getByRole('button', { name: 'Redrive' }).click()
  // It is no JSON still.
  await page
    .getByText(/^Failed again with VALUE_UNDECODABLE/)
    .first()
    .waitFor()
  expect(console.faults).toEqual([])
})
