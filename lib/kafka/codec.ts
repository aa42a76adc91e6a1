/**
 * Compression codecs of record batches, with their numbers in the batch's attributes. Source: Apache Kafka,
 * documentation, "Record Batch"; `org.apache.kafka.common.record.CompressionType`.
 */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

export type Codec = keyof typeof codecs
export const codecNames = Object.keys(codecs) as Codec[]
