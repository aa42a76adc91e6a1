/**
 * What Lambda repeats when a function lists failed records. Its documentation allows both readings for Kafka: it "retries just
 * those specific items", while for streams it names the lowest as the checkpoint from which all records come again.
 *
 * Sources: AWS Lambda Developer Guide, "Configuring error handling controls for Kafka event sources" and "Configuring partial batch
 * response with Kinesis Data Streams and Lambda".
 */
export const partialResponses = ['from-lowest', 'listed'] as const

export type PartialResponses = (typeof partialResponses)[number]

/** A function that lists every record from the first failed one on is right in both readings. */
export const DEFAULT_PARTIAL_RESPONSES: PartialResponses = 'from-lowest'
