import type { KafkaRecord } from '../../lib/record.ts'
import { commandContext } from './connectors.ts'
import type { TestDump } from './dumped.ts'

/** Records with neighbouring offsets; one has a key that is no text, one is a tombstone. */
export function recordsFrom(first: number, count: number, partition = 0): KafkaRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = first + index
    return {
      ...{ topic: 'orders', partition, offset, timestamp: Date.UTC(2026, 2, 1) + offset },
      key: offset % 10 === 3 ? Buffer.from([0, 255]) : Buffer.from(`k${offset}`),
      value: offset % 10 === 4 ? null : Buffer.from(`{"offset":${offset}}`),
      headers: [{ key: 'source', value: Buffer.from('web') }],
    }
  })
}

/** What a command prints. */
export async function printed<Options>(
  command: (context: ReturnType<typeof commandContext>, options: Options) => Promise<void>,
  { connector, environment }: TestDump,
  options: Options,
): Promise<string> {
  const texts: string[] = []
  await command(
    commandContext([connector], environment, text => void texts.push(text)),
    options,
  )
  return texts.join('')
}

/** The objects in lines of JSON. */
export const parsed = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
