import { formatSection } from '../config/format.ts'
import { objectsSection } from '../config/objects.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { dumpTargetKeys } from '../connectors/declaration/section-keys.ts'
import type { Change } from './change.ts'

/** What a consequence depends on besides the key. */
interface Circumstances {
  connector: Connector
  /** Whether the deployed connector stages its batches for compaction. */
  isRotating: boolean
}

type Consequence = (change: Change, circumstances: Circumstances) => Pick<Change, 'note'> & Partial<Change>

const LAYOUT: Consequence = () => ({
  mark: 'caution',
  note: 'applies to objects from now on; those that exist stay as they are, so readers find both',
})

/** The place of the objects: what is staged is compacted where the settings say, and nowhere else. */
const PLACE: Consequence = (change, { connector, isRotating }) => ({
  mark: 'caution',
  note: isRotating
    ? `objects go there from now on, and nothing compacts what is staged in the old place: before, pause, run serverless connectors compact --name ${connector.name} --once until nothing is staged, deploy, and resume`
    : (LAYOUT(change, { connector, isRotating }).note ?? ''),
})

const OTHER_TOPICS: Consequence = () => ({
  mark: 'caution',
  note: 'records go to other topics from now on; those that were sent stay where they are, and offsets are translated again',
})

const byKey: Record<string, Consequence> = {
  'to.bucket': PLACE,
  'to.endpoint': PLACE,
  'to.prefix': PLACE,
  'to.policy': OTHER_TOPICS,
  'to.separator': OTHER_TOPICS,
  'to.topicMapping': OTHER_TOPICS,
  'to.targetTopic': OTHER_TOPICS,
  'to.alias': OTHER_TOPICS,
  'source.alias': OTHER_TOPICS,
  'to.exactlyOnce': ({ to }) => ({
    mark: 'caution',
    note: to?.startsWith('true')
      ? 'consumers on the target need isolation.level=read_committed from now on; a batch that is repeated around the change may be there twice'
      : 'a batch that is repeated is there twice from now on',
  }),
  'to.keepLatest': ({ to }) =>
    to?.startsWith('true')
      ? {
          mark: 'caution',
          note: 'compaction deletes all but the newest record of each key, also of objects that exist',
        }
      : { note: 'what was deleted does not come back' },
  'to.recordRetentionDays': ({ to }) =>
    to === undefined
      ? { note: 'objects are kept' }
      : { mark: 'caution', note: 'older objects are deleted with the next runs' },
  failurePolicy: ({ to }) => ({
    mark: 'caution',
    note: to?.startsWith('fail')
      ? 'a partition stops at what can’t be delivered, until the cause is fixed'
      : 'what can’t be delivered is put aside, or skipped where no topic takes it',
  }),
}

/** Keys of a dump that decide what its objects are called and contain. */
const layoutVariables = new Set(
  [objectsSection, formatSection].flatMap(({ prefix, variables }) => Object.keys(variables).map(name => prefix + name)),
)

const layoutKeys = new Set(
  Object.entries(dumpTargetKeys)
    .filter(([, { variable }]) => layoutVariables.has(variable))
    .map(([name]) => `to.${name}`),
)

/** A replication's key `to.partitioner` is about partitions, a dump's about folders. */
const replicationOnly: Record<string, Consequence> = {
  'to.partitioner': () => ({
    mark: 'caution',
    note: 'a key’s records may be in another partition from now on, so their order is not kept across the change',
  }),
}

/** A change of a key with what follows from it. */
export function withConsequence(change: Change, circumstances: Circumstances): Change {
  const { key } = change
  if (change.mark !== 'change' || key === undefined) return change
  const isDump = circumstances.connector.kind === 'dump'
  const consequence = byKey[key] ?? (isDump ? (layoutKeys.has(key) ? LAYOUT : undefined) : replicationOnly[key])
  return consequence ? { ...change, ...consequence(change, circumstances) } : change
}
