import type { Connector } from '../connectors/declaration/connector.ts'
import { type Change, changeOf, isSame } from './change.ts'
import { functionChanges } from './function-change.ts'
import { mappingChanges } from './mapping-change.ts'
import { type OwnedResource, topicOf } from './owner.ts'
import { isMarkedPaused } from './paused.ts'
import { propertyChanges } from './property.ts'

/** What is said about resources of one type. */
interface ResourceWords {
  /** @param isNew whether the whole connector is new */
  added(resource: OwnedResource, connector: Connector, isNew: boolean): Change[]
  removed(resource: OwnedResource, connector: string): Change[]
  changed(before: OwnedResource, after: OwnedResource, connector: Connector): Change[]
}

const PERMISSIONS = 'permissions of '

const silent = { added: () => [], removed: () => [] }

const propertiesOf = ({ resource }: OwnedResource) => resource.Properties ?? {}

const mapping: ResourceWords = {
  added: ({ resource }, connector) => [
    {
      mark: 'add',
      what: `mapping ${topicOf(resource)}`,
      key: 'source.topics',
      note: isMarkedPaused(resource) ? 'is not read, as the connector is paused' : beginning(connector),
    },
  ],
  removed: ({ resource }) => [
    {
      mark: 'remove',
      what: `mapping ${topicOf(resource)}`,
      key: 'source.topics',
      note: 'its consumer group keeps its offsets as long as Kafka keeps them',
    },
  ],
  changed: (before, after, connector) => mappingChanges(connector, propertiesOf(before), propertiesOf(after)),
}

function beginning({ source: { startFrom }, declaration }: Connector): string {
  if (!declaration.enabled) return 'is not read, as the connector is declared disabled'
  const start = startFrom instanceof Date ? `records of ${startFrom.toISOString()}` : `the ${startFrom} record`
  return `begins at ${start}, or where its consumer group has committed`
}

/** What comes and goes with a function of this file, where that is more than the function. */
const functionNotes: Record<string, { added?: string; removed?: Partial<Change> }> = {
  compact: {
    added:
      'rotation begins: batches are staged. If there was rotation before, follow “Going back” in docs/compact.md, or a repeated batch may be there twice',
    removed: {
      mark: 'caution',
      note: 'rotation ends, and nothing compacts what is still staged: follow “Going back” in docs/compact.md first',
    },
  },
}

const lambda: ResourceWords = {
  added: ({ file }, _, isNew) => [
    { mark: 'add', what: `function ${file}`, ...noteOf(isNew ? undefined : functionNotes[file]?.added) },
  ],
  removed: ({ file }) => [{ mark: 'remove', what: `function ${file}`, ...functionNotes[file]?.removed }],
  changed: (before, after, connector) =>
    before.file === after.file
      ? functionChanges(connector, after.file, propertiesOf(before), propertiesOf(after))
      : [changeOf('type', before.file, after.file, { mark: 'refused', note: 'rename the connector' })],
}

function noteOf(note: string | undefined): Pick<Change, 'note'> {
  return note === undefined ? {} : { note }
}

/** The lines of all functions of a connector become one. */
const permissionsOf = (file: string): Change => ({ mark: 'change', what: `${PERMISSIONS}${file}` })

const permissions: ResourceWords = {
  ...silent,
  changed: (_, { file }) => [permissionsOf(file)],
}

const policy: ResourceWords = {
  added: ({ file }) => [permissionsOf(file)],
  removed: ({ file }) => [permissionsOf(file)],
  changed: permissions.changed,
}

const alarmName = ({ file, suffix }: OwnedResource) => {
  const name = suffix.replace(/Alarm$/, '')
  return name === 'Errors' && !['dump', 'replicate'].includes(file) ? `${name} of ${file}` : name
}

const alarm: ResourceWords = {
  added: resource => [{ mark: 'add', what: `alarm ${alarmName(resource)}` }],
  removed: resource => [{ mark: 'remove', what: `alarm ${alarmName(resource)}` }],
  changed(before, after) {
    const name = alarmName(after)
    const notify = (from: unknown, to: unknown) => [changeOf('alarms.notify', from, to)]
    const rules = {
      AlarmActions: notify,
      OKActions: notify,
      Threshold: (from: unknown, to: unknown) =>
        name === 'Lag'
          ? [changeOf('alarms.lag', from, to)]
          : [{ ...changeOf(name, from, to), what: `alarm ${name} at`, key: undefined }],
    }
    return propertyChanges(propertiesOf(before), propertiesOf(after), rules, property => [
      { mark: 'change', what: `alarm ${name} (${property})` },
    ])
  },
}

const log: ResourceWords = {
  ...silent,
  changed: (before, after) =>
    propertyChanges(
      propertiesOf(before),
      propertiesOf(after),
      { RetentionInDays: (from, to) => [changeOf('logRetentionDays', from, to)] },
      property => [{ mark: 'change', what: `log of ${after.file} (${property})` }],
    ),
}

const schedule: ResourceWords = {
  // A function that is new has its schedules; another one of them is a change.
  added: ({ file }) => [{ mark: 'change', what: `schedule of ${file}` }],
  removed: ({ file }) => [{ mark: 'change', what: `schedule of ${file}` }],
  changed: (before, after) =>
    propertyChanges(
      propertiesOf(before),
      propertiesOf(after),
      {
        ScheduleExpression: (from, to) => [
          { ...changeOf('', from, to), what: `schedule of ${after.file}`, key: undefined },
        ],
        State: (from, to) => [{ ...changeOf('', from, to), what: `schedule of ${after.file}`, key: undefined }],
      },
      property => [{ mark: 'change', what: `schedule of ${after.file} (${property})` }],
    ),
}

interface TableProperties {
  DatabaseName?: unknown
  TableInput?: { Name?: string }
}

const tableName = ({ resource }: OwnedResource) => (resource.Properties as TableProperties).TableInput?.Name ?? ''

const table: ResourceWords = {
  added: resource => [{ mark: 'add', what: `table ${tableName(resource)}`, key: 'to.table' }],
  removed: resource => [
    { mark: 'remove', what: `table ${tableName(resource)}`, key: 'to.table', note: 'objects stay' },
  ],
  changed(before, after) {
    const isOther =
      tableName(before) !== tableName(after) ||
      !isSame(before.resource.Properties?.DatabaseName, after.resource.Properties?.DatabaseName)
    const note = isOther ? 'it is made again under its new name, and queries of the old name fail' : undefined
    return [
      { mark: isOther ? 'caution' : 'change', what: `table ${tableName(after)}`, key: 'to.table', ...noteOf(note) },
    ]
  },
}

/** The words for each type of resource that connectors have. */
const words: Record<string, ResourceWords> = {
  'AWS::Lambda::EventSourceMapping': mapping,
  'AWS::Lambda::Function': lambda,
  'AWS::IAM::Role': permissions,
  'AWS::IAM::ManagedPolicy': policy,
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::Logs::LogGroup': log,
  'AWS::Events::Rule': schedule,
  'AWS::Lambda::Permission': { ...silent, changed: (_, { file }) => [{ mark: 'change', what: `schedule of ${file}` }] },
  'AWS::Glue::Table': table,
}

const otherWords: ResourceWords = {
  added: ({ id }) => [{ mark: 'add', what: id }],
  removed: ({ id }) => [{ mark: 'remove', what: id }],
  changed: (_, { id }) => [{ mark: 'change', what: id }],
}

/** Resources that come and go with their function, without a line of their own. */
const ofFunction = new Set([
  'AWS::IAM::Role',
  'AWS::IAM::ManagedPolicy',
  'AWS::Logs::LogGroup',
  'AWS::Events::Rule',
  'AWS::Lambda::Permission',
])

const wordsOf = ({ resource }: OwnedResource) => words[resource.Type] ?? otherWords

/** The lines for the resources of a connector that differ from the deployed ones. */
export function resourceChanges(before: OwnedResource[], after: OwnedResource[], connector: Connector): Change[] {
  const former = new Map(before.map(owned => [owned.id, owned]))
  const added = after.filter(({ id }) => !former.has(id))
  const changed = after.flatMap(owned => changedResource(former.get(owned.id), owned, connector))
  return onePermissionLine([
    ...spoken(added, added).flatMap(owned => wordsOf(owned).added(owned, connector, before.length === 0)),
    ...changed,
    ...removedResources(before, after, connector.name),
  ]).toSorted((first, second) => rankOf(first) - rankOf(second))
}

/** What is read comes first. */
function rankOf({ what }: Change): number {
  return /^mappings? /.test(what) ? 0 : 1
}

/** Which permissions differ follows from other lines, so one at the end names the functions. */
function onePermissionLine(changes: Change[]): Change[] {
  const isPermission = ({ what }: Change) => what.startsWith(PERMISSIONS)
  const files = changes.filter(isPermission).map(({ what }) => what.slice(PERMISSIONS.length))
  const others = changes.filter(change => !isPermission(change))
  return files.length > 0 ? [...others, permissionsOf([...new Set(files)].join(', '))] : others
}

/** The lines for resources that a connector no longer has. */
export function removedResources(before: OwnedResource[], after: OwnedResource[], connector: string): Change[] {
  const kept = new Set(after.map(({ id }) => id))
  const removed = before.filter(({ id }) => !kept.has(id))
  return spoken(removed, removed).flatMap(owned => wordsOf(owned).removed(owned, connector))
}

/** Those that have a line of their own. */
function spoken(resources: OwnedResource[], all: OwnedResource[]): OwnedResource[] {
  const functions = new Set(all.filter(({ suffix }) => suffix === 'LambdaFunction').map(({ file }) => file))
  return resources.filter(({ resource, file }) => !(ofFunction.has(resource.Type) && functions.has(file)))
}

function changedResource(before: OwnedResource | undefined, after: OwnedResource, connector: Connector): Change[] {
  if (!before || isUnchanged(before, after)) return []
  return wordsOf(after).changed(before, after, connector)
}

/** Where code is put, and what a function is described as, differ without meaning anything. */
function isUnchanged({ resource: before }: OwnedResource, { resource: after }: OwnedResource): boolean {
  return before.Type === after.Type && isSame(before.Properties ?? {}, after.Properties ?? {})
}
