import type { InventoryLine } from '../../compaction/inventory-line.ts'
import { orphanLines } from '../../compaction/orphan-inventory.ts'
import { CommandError, type StreamingContext } from './command.ts'
import { connectorInventory, inventoryPlace } from './connector-inventory.ts'
import { countText } from './count-text.ts'
import { inventoryText } from './inventory-text.ts'
import { dumpNamed, openConnector } from './opened-connector.ts'
import { ProgressLine } from './progress-line.ts'

export interface ObjectsOptions {
  name: string
  topic?: string
  /** Only gaps, overlaps and sums. */
  gaps?: boolean
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
  const { name, topic, gaps } = options
  if (options.delete && !options.orphans) throw new CommandError('--delete: expected --orphans with it')
  const opened = await openConnector(dumpNamed(name, context), context.deployment)
  const lines = options.orphans
    ? orphanLines({ ...inventoryPlace(opened, topic), keys: opened.keys }, options.delete ?? false)
    : connectorInventory(opened, topic)
  const render = context.json ? (line: InventoryLine) => JSON.stringify(line) : inventoryText()
  const progress = ProgressLine.besideResults()
  let count = 0
  for await (const line of lines) {
    count++
    progress.show(() => countText(count, 'line'))
    if (gaps && (line.type === 'object' || line.type === 'staged')) continue
    if (!(await context.output.write(`${render(line)}\n`))) break
  }
  progress.clear()
}
