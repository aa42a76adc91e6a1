import { dumpSections, readDumpSettings } from '../config/dump.ts'
import { readWithSecrets } from '../config/secrets.ts'
import { type Dump, PARTITIONS_AT_ONCE, writeObjects } from '../dump.ts'
import { createHandler, type EventHandler } from '../event-handler.ts'
import { createObjectKeys } from '../objects/key.ts'
import { storeName } from '../s3/settings.ts'
import { createStore } from '../s3/store.ts'
import { decoderOf } from '../values/index.ts'
import { environmentWith } from './environment.ts'
import { createReceiver } from './receiver.ts'
import type { DumpVariables } from './variables/index.ts'

/**
 * The handler of the function `dump`: writes the records of a Kafka event to a bucket, per topic-partition one object, or one per
 * path of the partitioner. With rotation, it stages them for the function `compact`.
 *
 * @param variables settings that differ from the environment's: the variables of `dump` in docs/variables.md
 * @returns the handler, which can be wrapped by middlewares
 * @throws CodedError `CONFIG_INVALID` with every variable that is missing or wrong, `SECRET_UNREADABLE`
 *
 * @example
 * The function `dump` itself, in an ES module:
 * ```ts
 * import { createDump } from 'kafka-functions'
 *
 * export const handler = await createDump()
 * ```
 *
 * @example
 * Parquet, whatever the environment says, with a middleware of one's own:
 * ```ts
 * import middy from '@middy/core'
 * import { createDump } from 'kafka-functions'
 *
 * const dump = await createDump({ FORMAT: 'parquet' })
 * export const handler = middy(dump).use(myMiddleware())
 * ```
 *
 * @example
 * CommonJS, which can't await at the top of a file:
 * ```ts
 * import { createDump } from 'kafka-functions'
 *
 * const dump = createDump()
 * export const handler = async (event: unknown, context: unknown) => (await dump)(event, context)
 * ```
 *
 * @public
 */
export async function createDump(variables: DumpVariables = {}): Promise<EventHandler> {
  const settings = await readWithSecrets(dumpSections, readDumpSettings, environmentWith(variables))
  const { store, format, schemaRegistry, keys, rotation } = settings
  const receiver = createReceiver(settings)
  const dump: Dump = {
    format,
    decoder: decoderOf(format.valueFormat, schemaRegistry),
    keys: createObjectKeys(keys),
    staging: rotation && { prefix: keys.prefix },
    store: createStore(store),
    storeName: storeName(store),
    logger: receiver.logger,
    telemetry: receiver.telemetry,
  }
  return createHandler({
    ...receiver,
    // What a write waits for before it writes objects.
    peer: schemaRegistry ? 'schema registry' : dump.storeName,
    partitionsAtOnce: PARTITIONS_AT_ONCE,
    write: (records, attempt) => writeObjects(records, dump, attempt),
  })
}
