import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBucket } from '../../../local/bucket.ts'
import { bundleServer } from '../../../local/bundle.ts'
import { freePorts } from '../../../local/ports.ts'
import type { TrueRecord } from '../load/truth.ts'
import { credentialVariables, loggingVariables, nextPrefix, storeVariables } from './environment.ts'
import { GroupProgress } from './group-progress.ts'
import { KafkaSource } from './kafka-source.ts'
import { LogReader } from './log-reader.ts'
import { readBucket } from './reading.ts'
import { ServerUnderTest } from './server.ts'
import type { ChaosSystem, StartedSystem, SystemContext } from './system.ts'

/** The container’s server behind a KafkaSource, which sends it single records. */
export const knative: ChaosSystem = {
  summary: 'the container’s server on Knative’s protocol, unordered: dump to JSON with gzip, policy fail',
  laws: { duplicates: 'allowed', putAside: 'never' },
  uses: ['brokers', 'network', 'topics', 'topic ids', 'store', 'credentials', 'server'],
  start: startKnative,
}

/** An empty value is a tombstone, an empty key is none, and of repeated headers the last is left. Source: docs/platforms/README.md. */
function carried(record: TrueRecord): TrueRecord {
  const last = new Map(record.headers.map(({ key, value }) => [key, Buffer.from(value?.toString() ?? '')]))
  return {
    ...record,
    key: record.key?.length ? record.key : null,
    value: record.value?.length ? record.value : null,
    headers: Array.from(last, ([key, value]) => ({ key, value })),
  }
}

async function startKnative({ world, name: bucket, topics, say }: SystemContext): Promise<StartedSystem> {
  await openBucket({ ...world.store.direct, bucket })
  const folder = await mkdtemp(join(tmpdir(), 'chaos-knative-'))
  const [file, [port = 0]] = await Promise.all([bundleServer(folder), freePorts(1)])
  const log = new LogReader(say)
  const server = new ServerUnderTest({
    ...{ file, port, onLine: line => log.read(line) },
    environment: {
      ...loggingVariables,
      ...storeVariables(world.store.address, bucket),
      ...{ FUNCTION: 'dump', FAILURE_POLICY: 'fail', KNATIVE_KEY_TYPE: 'byte-array' },
      ...{ TIMEOUT_SECONDS: '6', BATCH_WINDOW_SECONDS: '0' },
    },
  })
  const { connection, direct } = world.source
  const url = `http://127.0.0.1:${port}/`
  const connect = () => new KafkaSource({ connection, topics, groupId: bucket, url, say })
  let source = connect()
  const progress = new GroupProgress(direct, [bucket])
  await source.start()
  return {
    victims: [server],
    mappings: [],
    async rotateCredentials() {
      server.deploy(credentialVariables(world.store.address))
    },
    async recreating() {
      await source.stop()
      return async () => {
        server.deploy(nextPrefix)
        source = connect()
        await source.start()
      }
    },
    progress: () => progress.read(),
    async finish() {},
    carried,
    found: () => readBucket(world.store.direct, bucket),
    async putAside() {
      return log.leftInKafka
    },
    async stop() {
      await source.stop()
      await Promise.all([server.stop(), progress.close()])
      await rm(folder, { recursive: true })
    },
  }
}
