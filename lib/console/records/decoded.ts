import { asCodedError } from '../../error.ts'
import { MOST_VALUE_BYTES } from '../../values/decoded-memory.ts'
import type { ValueDecoder, ValueRecord } from '../../values/value.ts'
import type { ShownRecord } from '../api/index.ts'

/** How long the schema registry may take for a page of records, in milliseconds. Then they are shown as they are. */
const PATIENCE_MS = 5_000

type Decoded = NonNullable<ShownRecord['decoded']>

/**
 * Decodes values as the connector does. What can't be decoded has the reason, so that a registry that is away hides no record.
 *
 * @param most characters of each value's JSON
 * @returns in the order of the records
 */
export async function decodedValues(
  records: ValueRecord[],
  load: () => Promise<ValueDecoder>,
  most: number,
  signal?: AbortSignal,
): Promise<Decoded[]> {
  const patience = AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), ...(signal ? [signal] : [])])
  try {
    const decode = await load()
    await decode.prepare?.(records, patience)
    return await Promise.all(records.map(record => decodedValue(record, decode, most, patience)))
  } catch (error) {
    return records.map(() => reasonOf(error))
  }
}

async function decodedValue(
  record: ValueRecord,
  decode: ValueDecoder,
  most: number,
  signal: AbortSignal,
): Promise<Decoded> {
  try {
    const json = (await decode(record, MOST_VALUE_BYTES, signal)).toString()
    return { json: json.slice(0, most), isCut: json.length > most }
  } catch (error) {
    return reasonOf(error)
  }
}

function reasonOf(error: unknown): Decoded {
  const { code, message } = asCodedError(error)
  return { code, message }
}
