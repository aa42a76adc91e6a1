import { inventory } from '../../compaction/inventory.ts'
import type { InventoryLine } from '../../compaction/inventory-line.ts'
import { listedInventory } from '../../compaction/listed-inventory.ts'
import { createRedrivenOffsets } from '../../redrive/redriven-offsets.ts'
import type { OpenedConnector } from './opened-connector.ts'

/** What inventories of a connector have in common. */
export function inventoryPlace({ settings, commits }: OpenedConnector, topic?: string) {
  const { recordRetentionMs } = settings.retention
  return { store: commits, prefix: settings.keys.prefix, topic, recordRetentionMs }
}

/**
 * The objects of a dump, with gaps and overlaps of their offsets, and what is staged and in quarantine: from the commit log, or
 * for a dump without rotation by listing its objects.
 *
 * @param topic only this one
 */
export function connectorInventory(connector: OpenedConnector, topic?: string): AsyncGenerator<InventoryLine> {
  const { settings, keys, commits } = connector
  const place = inventoryPlace(connector, topic)
  if (settings.rotation) return inventory(place)
  return listedInventory(place, keys, createRedrivenOffsets(commits, settings.keys.prefix))
}
