import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonOrders } from '../json-records.ts'

const [ORDERS, ORDER_BYTES, PARTITIONS, TOPIC] = [1_000_000, 377, 4, 'orders']

/** Lambda's limit of an event, which batches of a busy topic reach. */
const EVENT_BYTES = 6_000_000

/** 1,000,000 orders of 377 B fill so many events, and then some. */
export const MOST_EVENTS = 105

const folder = join(import.meta.dirname, '../../../.cache/bench/events')

const fileOf = (index: number) => join(folder, `${String(index).padStart(3, '0')}.json`)

/**
 * Events of Lambda as texts in files: orders in JSON with keys, in 4 partitions, 6 MB of base64 and its fields in each. They are made
 * once, and are the same each time.
 *
 * @param count 1 to {@link MOST_EVENTS}
 * @returns the files, in the order of the offsets
 */
export async function eventFiles(count: number): Promise<string[]> {
  const files = Array.from({ length: count }, (_, index) => fileOf(index))
  if (files.every(file => existsSync(file))) return files
  await mkdir(folder, { recursive: true })
  let made = 0
  for (const text of eventTexts()) {
    const file = fileOf(made++)
    await writeFile(`${file}.unfinished`, text)
    await rename(`${file}.unfinished`, file)
    if (made === count) break
  }
  return files
}

function* eventTexts(): Generator<string> {
  const groups = Array.from({ length: PARTITIONS }, () => [] as string[])
  let [number, length] = [0, 0]
  for (const orders of jsonOrders(ORDERS, ORDER_BYTES)) {
    for (const { key, value } of orders) {
      const partition = number % PARTITIONS
      const text = JSON.stringify({
        ...{ topic: TOPIC, partition, offset: Math.floor(number / PARTITIONS) },
        ...{ timestamp: 1_767_225_600_000 + number, timestampType: 'CREATE_TIME' },
        ...{ key: key.toString('base64'), value: value.toString('base64'), headers: [] },
      })
      number += 1
      groups[partition]?.push(text)
      length += text.length + 1
      if (length < EVENT_BYTES) continue
      yield eventText(groups)
      for (const group of groups) group.length = 0
      length = 0
    }
  }
}

function eventText(groups: string[][]): string {
  const records = groups.map((group, partition) => `"${TOPIC}-${partition}":[${group.join(',')}]`)
  const eventSourceArn = 'arn:aws:kafka:eu-central-1:123456789012:cluster/orders/6357e0b2-5'
  return `{"eventSource":"aws:kafka","eventSourceArn":"${eventSourceArn}","records":{${records.join(',')}}}`
}
