import { formatSection } from '../../config/format.ts'
import { objectsSection } from '../../config/objects.ts'
import { readSections } from '../../config/section.ts'
import { objectExtension } from '../../formats/index.ts'
import { createObjectKeys, type ObjectKeys } from '../../objects/key.ts'
import type { KafkaRecord } from '../../record.ts'
import { isSameCluster } from '../declaration/cluster.ts'
import type { Connector, DumpConnector } from '../declaration/connector.ts'
import { declaredRecording } from '../declaration/recording.ts'
import { connectorEnvironment } from '../resources/environment.ts'
import { commonTopic } from './common-topic.ts'
import type { Fault } from './fault.ts'

/** What determines the keys of a connector's objects. */
interface Writer {
  connector: DumpConnector
  keys: ObjectKeys
  extension: string
  /** Whether large values become separate objects. */
  hasValueObjects: boolean
}

/**
 * Dumps whose objects can have the same keys. A key names topic, partition and offsets, which another cluster may have too:
 * one dump would silently overwrite the other's objects.
 */
export function collisions(connectors: Connector[]): Fault[] {
  const writers = connectors.filter(connector => connector.kind === 'dump').flatMap(writerOf)
  return writers.flatMap((second, index) =>
    writers.slice(0, index).flatMap(first => {
      const reason = isSameStore(first, second) ? obstacleOf(first, second) : undefined
      if (reason === undefined) return []
      const message = `expected a prefix other than that of ${first.connector.name}: ${reason}`
      return [{ path: [second.connector.declared, 'to', 'prefix'], message }]
    }),
  )
}

/** Why two dumps can't write into one store. */
function obstacleOf(first: Writer, second: Writer): string | undefined {
  if (haveCommonStaging(first, second)) return 'with rotate, each connector would compact what the other has staged'
  if (haveCommonSnapshots(first.connector, second.connector))
    return 'both record topics or consumer groups of different clusters there, so a restore would take one for the other'
  const topic = commonTopic(first.connector, second.connector)
  if (topic === undefined || !haveCommonKeys(first, second)) return undefined
  return `objects of ${topic} would have the same keys, so each connector would overwrite the other’s`
}

/** Whether both record their clusters, which are different ones, in one folder. */
function haveCommonSnapshots(...connectors: [DumpConnector, DumpConnector]): boolean {
  const [first, second] = connectors.map(({ declaration }) => JSON.stringify(declaration.to.prefix ?? ''))
  const areRecorded = connectors.every(({ declaration }) => declaredRecording(declaration) !== undefined)
  const [one, other] = connectors
  return first === second && areRecorded && !isSameCluster(one.source, other.source)
}

/** Whether both stage their batches, whatever the topics, in one folder. */
function haveCommonStaging(...writers: [Writer, Writer]): boolean {
  const [first, second] = writers.map(({ connector: { declaration } }) => JSON.stringify(declaration.to.prefix ?? ''))
  return first === second && writers.every(({ connector: { declaration } }) => declaration.to.rotate !== undefined)
}

/** Empty if something is declared wrongly, which another check reports. */
function writerOf(connector: DumpConnector): Writer[] {
  const texts = Object.entries(connectorEnvironment(connector, '')).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : encodeURIComponent(JSON.stringify(value)),
  ])
  try {
    const { objects, format } = readSections(
      { objects: objectsSection, format: formatSection },
      Object.fromEntries(texts),
    )
    const extension = objectExtension(format.format, format.compression)
    const hasValueObjects = format.maxInlineValueBytes !== undefined
    return [{ connector, keys: createObjectKeys(objects), extension, hasValueObjects }]
  } catch {
    return []
  }
}

function isSameStore(...writers: [Writer, Writer]): boolean {
  const [first, second] = writers.map(({ connector: { declaration } }) => {
    const { bucket, endpoint } = declaration.to
    return JSON.stringify([bucket, endpoint])
  })
  return first === second
}

const sample: KafkaRecord = {
  topic: 'topic',
  partition: 0,
  offset: 0,
  timestamp: 0,
  headers: [],
  key: null,
  value: null,
}

/** Whether the second could write an object under a key of the first. */
function haveCommonKeys(first: Writer, second: Writer): boolean {
  const [object] = first.keys.divide([sample])
  const key = object && first.keys.render({ ...object.range, path: object.path, extension: first.extension })
  if (first.extension === second.extension && key !== undefined && second.keys.parse(key)) return true
  // Two dumps of one cluster write the same value under that key.
  const haveValueObjects = first.hasValueObjects && second.hasValueObjects
  if (!haveValueObjects || isSameCluster(first.connector.source, second.connector.source)) return false
  return first.keys.renderValue(sample) === second.keys.renderValue(sample)
}
