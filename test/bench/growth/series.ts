/** What a function is given. */
export interface Load {
  records: number
  /** Of a record's value. */
  recordBytes: number
  partitions: number
  /** Records of an event at most; Lambda's limit of 6 MB may make it smaller. */
  batch: number
}

const RECORD_BYTES = 377

/** Loads of which one quantity differs. */
export interface Series {
  /** The quantity that differs. */
  quantity: keyof Load
  loads: readonly Load[]
}

/** @param records of the load with which each series is compared */
export function seriesOf(records: number): Series[] {
  const base: Load = { records, recordBytes: RECORD_BYTES, partitions: 12, batch: 10_000 }
  return [
    { quantity: 'records', loads: [1, 2, 4].map(times => ({ ...base, records: records * times })) },
    { quantity: 'partitions', loads: [1, 12, 120, 1_200].map(partitions => ({ ...base, partitions })) },
    // An invocation takes so much longer than a record that a tenth of the records is enough.
    {
      quantity: 'batch',
      loads: [1, 10, 100, 1_000, 10_000].map(batch => ({ ...base, batch, records: Math.ceil(records / 10) })),
    },
    {
      quantity: 'recordBytes',
      loads: [100, 1_000, 10_000, 100_000, 1_000_000].map(recordBytes => ({
        ...{ ...base, recordBytes },
        records: Math.ceil((records * RECORD_BYTES) / recordBytes),
      })),
    },
  ]
}
