import type { CommandName } from '../../lib/connectors/commands/definition.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { commandContext } from './connectors.ts'
import type { TestDump } from './dumped.ts'
import { type PrintedOptions, performed } from './printed-documents.ts'

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

/** What a command prints. JSON has the documented form. */
export async function printed(
  name: CommandName,
  { connector, environment }: TestDump,
  options: PrintedOptions,
): Promise<string> {
  const texts: string[] = []
  const context = commandContext([connector], environment, text => void texts.push(text))
  await performed(name, context, options, () => texts.join(''))
  return texts.join('')
}

/** The objects in lines of JSON. */
export const parsed = (lines: string) =>
  lines
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))
