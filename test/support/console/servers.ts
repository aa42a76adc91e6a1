import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KafkaSettings } from '../../../lib/kafka/client/settings.ts'
import type { StoreSettings } from '../../../lib/s3/settings.ts'
import { openBucket } from '../../../local/bucket.ts'
import { cache } from '../../../local/cache.ts'
import { type KafkaBroker, startKafka } from '../../../local/kafka-broker.ts'
import { startS3Proxy } from '../../../local/s3-proxy.ts'
import { allOrNone } from '../../../local/stack.ts'
import { type SwitchedProxy, startSwitchedProxy } from '../switched-proxy.ts'

/** Where the service's records are. Plain data: test files get it from the process that has started the servers. */
export interface Places {
  source: KafkaSettings
  target: KafkaSettings
  store: StoreSettings
  /** The folder of the bucket, for very many objects at once. */
  bucketFolder: string
}

/** Two clusters and a store that belong to one service, with a bucket. */
export interface Servers extends Places {
  /** The store by a way that can be cut: the service's way. */
  way: SwitchedProxy
  kafka: KafkaBroker
  stop(): Promise<void>
}

const BUCKET = 'lake'

/** Brokers take the largest record that the tests send, which is larger than Kafka's default of 1 MB. */
const settings = ['message.max.bytes=10485760']

export async function startServers(): Promise<Servers> {
  const data = join(cache, 'data')
  await mkdir(data, { recursive: true })
  const kept = await mkdtemp(join(data, 'console-'))
  const [kafka, target, s3] = await allOrNone(
    startKafka({ settings }),
    startKafka({ settings }),
    startS3Proxy({ kept }),
  )
  const store = { ...s3.address, bucket: BUCKET }
  await openBucket(store)
  const way = await startSwitchedProxy(store.endpoint as string)
  return {
    ...{ kafka, way, store, bucketFolder: join(kept, 'objects', BUCKET) },
    source: kafka.connections.plaintext,
    target: target.connections.plaintext,
    async stop() {
      way.stop()
      await Promise.all([kafka.stop(), target.stop(), s3.stop()])
      await rm(kept, { recursive: true, force: true })
    },
  }
}
