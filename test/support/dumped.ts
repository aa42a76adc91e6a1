import { readCompactSettings } from '../../lib/config/compact.ts'
import type { DumpConnector } from '../../lib/connectors/declaration/connector.ts'
import { compactEnvironment } from '../../lib/connectors/resources/environment.ts'
import { encode } from '../../lib/formats/encode.ts'
import { createObjectKeys } from '../../lib/objects/key.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { createCommitStore } from '../../lib/s3/commit-store.ts'
import { stagedObject } from '../../lib/staging/stage.ts'
import { dump, read, SERVICE } from './connectors.ts'
import { stack } from './stack.ts'

/** A dump into the tests' store. */
export interface TestDump {
  connector: DumpConnector
  /** The variables of its function on this machine. */
  environment: Record<string, string>
  settings: ReturnType<typeof readCompactSettings>
  store: ReturnType<typeof createCommitStore>
  /** Writes a batch of one topic-partition as a dump without rotation does. @returns the keys */
  write(records: KafkaRecord[]): Promise<string[]>
  /** Stages a batch of one topic-partition, as a dump with rotation does. @returns the key */
  stage(records: KafkaRecord[]): Promise<string>
}

/**
 * A dump of the topic `orders` with these keys under `to`, and other keys of the connector.
 *
 * @param bucket exists already
 */
export function testDump(name: string, bucket: string, to: object, more: object = {}): TestDump {
  const [connector] = read({ [name]: dump({ ...more, to: { bucket, prefix: name, ...to } }) })
  if (connector?.kind !== 'dump') throw new Error(`${name} is no dump`)
  const { endpoint = '', credentials } = stack.store
  const environment = {
    ...(compactEnvironment(connector, SERVICE) as Record<string, string>),
    S3_ENDPOINT: endpoint,
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
  const settings = readCompactSettings(environment)
  const keys = createObjectKeys(settings.keys)
  const store = createCommitStore(settings.store, settings.keys.prefix)
  return {
    connector,
    environment,
    settings,
    store,
    async write(records) {
      const objects = keys.divide(records).map(async ({ range, path, records }) => {
        const { body, extension, ...content } = await encode(records, settings.format)
        const key = keys.render({ ...range, path, extension })
        await store.put({ key, body, ...content, metadata: {} })
        return key
      })
      return await Promise.all(objects)
    },
    async stage(records) {
      const { key, body } = await stagedObject(settings.keys.prefix, keys.divide(records), settings.format)
      await store.put({ key, body, contentType: 'application/octet-stream', metadata: {} })
      return key
    },
  }
}
