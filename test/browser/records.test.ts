import type { Browser } from 'playwright-core'
import { accessibilityFaults, openConsole, startBrowser } from '../support/console/browser.ts'
import { hostile } from '../support/console/load.ts'
import { LARGE } from '../support/console/planted.ts'
import { underTest } from '../support/console/under-test.ts'
import { until } from '../support/console/until.ts'

let browser: Browser

beforeAll(async () => {
  browser = await startBrowser(underTest.chromium)
})

afterAll(() => browser?.close())

const at = (connector: string, chosen: Record<string, string>) => `records/${connector}?${new URLSearchParams(chosen)}`

test('a record is found by its key, and shown as tree, text and bytes, whatever is in it', async () => {
  await using console = await openConsole(browser, underTest.url)
  const { page } = console
  await console.show(at('orders-to-lake', { topic: 'orders', key: hostile.key }))
  const line = page.getByRole('row').filter({ hasText: hostile.key }).first()
  await line.getByRole('link').first().click()
  const detail = page.getByRole('region', { name: /^Partition \d+, offset/ })
  await detail.getByText(hostile.html).first().waitFor()
  // Marks that turn the text around them, and characters that nobody sees, are shown as what they are.
  await detail.getByText('⟨202E⟩txt.exe').first().waitFor()
  await detail.getByText(hostile.header).first().waitFor()
  for (const view of ['JSON', 'Text', 'Hex']) {
    await detail.getByRole('group', { name: 'How to show it: Value' }).getByRole('button', { name: view }).click()
    expect(await accessibilityFaults(page)).toEqual([])
  }
  await detail.getByText('3c 73 63 72').first().waitFor()
  expect(await page.locator('main script, main img, main th b, main td b').count()).toBe(0)
  expect(console.faults).toEqual([])
})

test('a topic is read from an offset on, page by page', async () => {
  await using console = await openConsole(browser, underTest.url)
  const { page } = console
  await console.show(at('orders-to-lake', { topic: 'orders' }))
  await page.getByLabel('Partition').selectOption('1')
  await page.getByLabel('From').selectOption('offset')
  await page.getByLabel('Offset', { exact: true }).fill('3')
  await page.getByRole('button', { name: 'Look', exact: true }).click()
  const offsets = page.locator('.records-list tbody tr td:nth-child(2)')
  await until(async () => (await offsets.allInnerTexts())[0]?.trim() === '3')
  const shown = (await offsets.allInnerTexts()).map(Number)
  expect(shown).toEqual(Array.from(shown, (_, index) => index + 3))
  expect(console.faults).toEqual([])
})

test('a record of 5 MB is listed, and opened as far as it can be read', async () => {
  await using console = await openConsole(browser, underTest.url)
  const { page } = console
  await console.show(at('sensors-to-lake', { topic: 'sensors', partition: '0', key: 'large' }))
  const line = page.getByRole('row').filter({ hasText: 'large' })
  await line.getByText('5.2 MB').waitFor()
  await line.getByRole('link').first().click()
  const detail = page.getByRole('region', { name: /^Partition 0, offset/ })
  await detail.getByText(/These are the first .* of 5\.2 MB/).waitFor()
  const characters = await page.evaluate<number>('document.body.textContent.length')
  expect(characters).toBeLessThan(LARGE / 2)
  expect(console.faults).toEqual([])
})
