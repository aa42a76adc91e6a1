import { randomUUID } from 'node:crypto'
import { type AwsDestination, clientConfig } from './aws-destination.ts'
import { batchRecord } from './invocation-record.ts'

const DEFAULT_REGION = 'us-east-1'

/** A bucket: gets an object for each batch, with the whole event as text. */
export const openBucket: AwsDestination = async ({ arn, endpoint, origin, uuid }) => {
  const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3')
  const Bucket = arn.split(':').at(-1)
  const region = process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || DEFAULT_REGION
  const client = new S3Client({
    ...clientConfig(region, endpoint),
    // A local store rarely has a host name for each bucket, and not every one knows the newer checksums.
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  })
  return {
    async put(discarded) {
      const payload = discarded.event.payload().toString()
      const Body = JSON.stringify({ ...batchRecord(origin, discarded), payload })
      const Key = objectKey(uuid, new Date())
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' }))
    },
    close: async () => client.destroy(),
  }
}

/**
 * `aws/lambda/<mapping>/2026/11/30/2026-11-30T04.46.50-<UUID>`, in UTC. Lambda documents it for streams, with the shard behind the
 * mapping. A batch of Kafka has several partitions, so there is none.
 *
 * Source: AWS Lambda Developer Guide, "Retain discarded batch records for a Kinesis Data Streams event source".
 */
export function objectKey(mapping: string, time: Date): string {
  const [day = '', clock = ''] = time.toISOString().split(/[T.]/)
  return `aws/lambda/${mapping}/${day.replaceAll('-', '/')}/${day}T${clock.replaceAll(':', '.')}-${randomUUID()}`
}
