import type { LayoutObject, LayoutRecord } from '../../lib/dumped/layout.ts'
import { chained } from '../../lib/dumped/layouts/chain.ts'
import { type LayoutKind, layouts } from '../../lib/dumped/layouts/index.ts'
import type { LayoutSettings } from '../../lib/dumped/layouts/settings.ts'
import { MemoryStore } from './memory-store.ts'

/** The records of all objects of a dump, by place, as a restore reads them. */
export async function readLayout(
  kind: LayoutKind,
  objects: Record<string, Buffer | string>,
  settings: Partial<LayoutSettings> = {},
): Promise<LayoutRecord[]> {
  const store = new MemoryStore(() => 0)
  for (const [key, body] of Object.entries(objects)) await store.put({ key, body: Buffer.from(body) } as never)
  const layout = layouts[kind].create({ prefix: '', ...settings })
  const found: LayoutObject[] = []
  for await (const { key, size } of store.list('')) {
    const name = layout.parse(key)
    const names = name === 'unread' ? await layout.survey?.({ key, size }, store) : name
    for (const one of [names ?? []].flat()) found.push({ key, size, ...one })
  }
  const records: LayoutRecord[] = []
  for (const place of Map.groupBy(found, ({ topic, partition }) => `${topic}/${partition}`).values()) {
    const open = async function* (object: LayoutObject) {
      yield* layout.read(object, store)
    }
    const read = layout.isChained ? [chained(place, open, () => {})] : place.map(open)
    for (const batches of read) for await (const some of batches) for (const record of some) records.push(record)
  }
  return records
}
