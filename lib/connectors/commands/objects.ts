import { inventory } from '../../compaction/inventory.ts'
import type { InventoryLine } from '../../compaction/inventory-line.ts'
import { listedInventory } from '../../compaction/listed-inventory.ts'
import type { StreamingContext } from './command.ts'
import { inventoryText } from './inventory-text.ts'
import { dumpNamed, openConnector } from './opened-connector.ts'

export interface ObjectsOptions {
  name: string
  topic?: string
  /** Only gaps, overlaps and sums. */
  gaps?: boolean
  /** A line of JSON for each, with the fields of {@link InventoryLine}. */
  json?: boolean
}

/**
 * Prints the objects of a dump, the newest of each topic-partition first, with gaps and overlaps of their offsets, and what is
 * staged and in quarantine: from the commit log, or for a dump without rotation by listing its objects.
 */
export async function objects(context: StreamingContext, { name, topic, gaps, json }: ObjectsOptions): Promise<void> {
  const { settings, keys, commits } = await openConnector(dumpNamed(name, context), context.deployment)
  const place = { store: commits, prefix: settings.keys.prefix, topic }
  const lines = settings.rotation ? inventory(place) : listedInventory(place, keys)
  const render = json ? (line: InventoryLine) => JSON.stringify(line) : inventoryText()
  for await (const line of lines) {
    if (gaps && (line.type === 'object' || line.type === 'staged')) continue
    if (!(await context.output.write(`${render(line)}\n`))) return
  }
}
