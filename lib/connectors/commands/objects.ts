import { inventory } from '../../compaction/inventory.ts'
import type { InventoryLine } from '../../compaction/inventory-line.ts'
import { listedInventory } from '../../compaction/listed-inventory.ts'
import { orphanLines } from '../../compaction/orphan-inventory.ts'
import { createRedrivenOffsets } from '../../redrive/redriven-offsets.ts'
import { CommandError, type StreamingContext } from './command.ts'
import { inventoryText } from './inventory-text.ts'
import { dumpNamed, openConnector } from './opened-connector.ts'

export interface ObjectsOptions {
  name: string
  topic?: string
  /** Only gaps, overlaps and sums. */
  gaps?: boolean
  /** A line of JSON for each, with the fields of {@link InventoryLine}. */
  json?: boolean
  /** Only large values that no record names. */
  orphans?: boolean
  /** Deletes those that are old enough. */
  delete?: boolean
}

/**
 * Prints the objects of a dump, the newest of each topic-partition first, with gaps and overlaps of their offsets, and what is
 * staged and in quarantine: from the commit log, or for a dump without rotation by listing its objects.
 */
export async function objects(context: StreamingContext, options: ObjectsOptions): Promise<void> {
  const { name, topic, gaps, json } = options
  if (options.delete && !options.orphans) throw new CommandError('--delete: expected --orphans with it')
  const connector = dumpNamed(name, context)
  const { settings, keys, commits } = await openConnector(connector, context.deployment)
  const { recordRetentionMs } = settings.retention
  const place = { store: commits, prefix: settings.keys.prefix, topic, recordRetentionMs }
  const offsetsOf = createRedrivenOffsets(commits, settings.keys.prefix)
  const listed = settings.rotation ? inventory(place) : listedInventory(place, keys, offsetsOf)
  const lines = options.orphans ? orphanLines({ ...place, keys }, options.delete ?? false) : listed
  const render = json ? (line: InventoryLine) => JSON.stringify(line) : inventoryText()
  for await (const line of lines) {
    if (gaps && (line.type === 'object' || line.type === 'staged')) continue
    if (!(await context.output.write(`${render(line)}\n`))) return
  }
}
