import { asCodedError, CodedError } from '../error.ts'
import type { KafkaRecord } from '../record.ts'
import type { Attempt } from './attempt.ts'
import type { FailedRecord } from './dead-letter.ts'

/** Records that are written together, independently of the batch's other ones. */
export interface Part {
  /** At least one. */
  records: readonly KafkaRecord[]
  /** Writes the records; repeats its requests by {@link Attempt.repeat}. */
  write(): Promise<void>
}

/** Thrown by a write that has tried everything: these records are not delivered, each for the reason given with it. */
export class UndeliveredError extends CodedError {
  readonly failed: FailedRecord[]

  /** @param failed at least one record */
  constructor(failed: FailedRecord[]) {
    const [{ error }] = failed as [FailedRecord]
    super(error.code, error.message, { ...error, retryable: false, cause: error.cause })
    this.failed = failed
  }
}

/**
 * Writes all parts; a part that fails doesn't end the others. Reports those that are written.
 *
 * @throws UndeliveredError with the records of the parts that failed
 */
export async function writeParts(parts: Part[], { delivered }: Attempt): Promise<void> {
  const failed: FailedRecord[] = []
  const writeOne = async ({ records, write }: Part) => {
    try {
      await write()
      delivered(records)
    } catch (thrown) {
      const error = placed(asCodedError(thrown), records[0])
      for (const record of records) failed.push({ record, error })
    }
  }
  await Promise.all(parts.map(writeOne))
  if (failed.length > 0) throw new UndeliveredError(failed)
}

/** The error with the place of the first record that it concerns. */
export function placed({ code, message, retryable, cause }: CodedError, first: KafkaRecord | undefined): CodedError {
  const { topic, partition, offset } = first ?? {}
  return new CodedError(code, message, { topic, partition, offset, retryable, cause })
}
