import { ObjectReader } from '../../chaos/checker/object-reader.ts'
import { functionCommand } from '../function-bundle.ts'
import { MeasuredProcess } from '../measured-process.ts'
import { writtenObjects } from '../written-objects.ts'
import { bucketOutput } from './bucket-output.ts'
import type { Peer, PeerRun, RunningPeer } from './peer.ts'
import { kafkajsVersion, ownVersion } from './versions.ts'

const FORMATS = {
  'JSON, gzip': { FORMAT: 'json', COMPRESSION: 'gzip' },
  'JSON, zstd': { FORMAT: 'json', COMPRESSION: 'zstd' },
  'Parquet, zstd': { FORMAT: 'parquet', COMPRESSION: 'zstd' },
} as const

const ours = (form: keyof typeof FORMATS): Peer => ({
  form,
  version: ownVersion,
  settings: 'at most 10,000 records or 6 MB an event, a batching window of 0.5 s',
  start: run => startDump(run, 'polled-function.ts', ['--function', 'dump'], FORMATS[form]),
})

const plainest = (form: 'JSON, gzip' | 'JSON, zstd'): Peer => ({
  form,
  version: kafkajsVersion,
  settings: 'test/bench/plainest-function.ts: an object for each fetch of a partition',
  start: run => startDump(run, 'plainest-function.ts', [], { COMPRESSION: FORMATS[form].COMPRESSION }),
})

/** Functions of Node.js that read with a consumer group, each in one process with the memory of a function. */
export const dumps: Readonly<Record<string, Peer>> = {
  'dump, json gzip': ours('JSON, gzip'),
  'dump, json zstd': ours('JSON, zstd'),
  'dump, parquet zstd': ours('Parquet, zstd'),
  'plainest, json gzip': plainest('JSON, gzip'),
  'plainest, json zstd': plainest('JSON, zstd'),
}

async function startDump(
  { name, topic, records, world, bucket }: PeerRun,
  script: string,
  options: string[],
  format: Record<string, string>,
): Promise<RunningPeer> {
  const command = [...(await functionCommand(script, world.scratch)), ...options, '--topic', topic, '--group', name]
  const { endpoint = '', credentials } = world.address
  const running = new MeasuredProcess(command, {
    AWS_LAMBDA_FUNCTION_NAME: 'dump',
    SOURCE_KAFKA_BROKERS: world.source.brokers,
    S3_BUCKET: name,
    S3_ENDPOINT: endpoint,
    S3_REGION: 'us-east-1',
    S3_FORCE_PATH_STYLE: 'true',
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    OBJECT_PREFIX: 'records',
    LOG_LEVEL: 'ERROR',
    ...format,
  })
  return {
    usage: () => running.usage(),
    isComplete: async () => (await writtenObjects(bucket, 'records/')).records >= records,
    output: () => bucketOutput(bucket, key => key.startsWith('records/')),
    async check(tally) {
      await using reader = await ObjectReader.start()
      for await (const { key } of bucket.list('records/'))
        for (const record of await reader.read(key, await bucket.get(key))) tally.add(record)
      return tally.faults()
    },
    stop: () => running.stop(),
  }
}
