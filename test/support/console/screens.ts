import type { ScreenName } from '../../../lib/console/page/screens.ts'
import type { ConsolePage } from './browser.ts'

export type Screen = ScreenName

/** Every screen: where it is, and what it shows once it has its answers. */
export const screens: Record<Screen, { at: string; shows: string }> = {
  connectors: { at: 'connectors', shows: '.connector-card .badge' },
  connector: { at: 'connector/orders-to-lake', shows: '#partitions' },
  records: { at: 'records/orders-to-lake', shows: '.records-list tbody tr' },
  objects: { at: 'objects/orders-to-lake', shows: '.objects-strip' },
  failed: { at: 'failed/orders-to-lake', shows: '.failed-causes' },
  restore: { at: 'restore/orders-to-lake', shows: '.restore-topics' },
  replication: { at: 'replication/atlantic', shows: '.replication-table tbody tr' },
}

/** Goes to a screen, and waits until it has its answers. */
export async function waitForScreen({ page, show }: ConsolePage, screen: Screen): Promise<void> {
  const { at, shows } = screens[screen]
  await show(at)
  await page.locator(shows).first().waitFor()
}
