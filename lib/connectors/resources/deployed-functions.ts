import { jsonText } from '../../cloudformation/template.ts'
import {
  connectorSection,
  connectorSections,
  readConnectorSettings,
  TOPIC_PLACEHOLDER,
} from '../../config/connector.ts'
import { dumpSections, readDumpSettings } from '../../config/dump.ts'
import { mappingSection, readReconcileSettings, reconcileSections } from '../../config/reconcile.ts'
import {
  readReplicateSettings,
  readSyncTopicsSettings,
  replicateSections,
  syncTopicsSections,
} from '../../config/replicate.ts'
import { readSyncOffsetsSettings, syncOffsetsSections } from '../../config/sync-offsets.ts'
import type { Connector, DumpConnector, ReplicateConnector } from '../declaration/connector.ts'
import {
  aliasKeys,
  dumpTargetKeys,
  failureKeys,
  replicateTargetKeys,
  rotateKeys,
  syncOffsetsKeys,
  syncTopicsKeys,
} from '../declaration/section-keys.ts'
import { compact } from './compact-function.ts'
import type { DeclaredKeys, DeployedFunction, FunctionContext } from './deployed-function.ts'
import {
  checkEnvironment,
  connectorEnvironment,
  syncOffsetsEnvironment,
  syncTopicsEnvironment,
  usesSource,
} from './environment.ts'
import { companionKey, connectorKey, functionName } from './function-name.ts'
import { consumerGroup, mappingBlueprint } from './mapping.ts'
import { recordCluster } from './record-cluster-function.ts'
import { restore } from './restore-function.ts'
import {
  checkStatements,
  connectorStatements,
  reconcileStatements,
  syncOffsetsStatements,
  syncTopicsStatements,
} from './statement.ts'

/** The parts that all functions have which receive the records of Kafka events. */
const receiver = {
  declared: declaredKeys,
  environment: (connector: Connector, { service }: FunctionContext) => connectorEnvironment(connector, service),
  statements: (connector: Connector, { topics, service }: FunctionContext) =>
    connectorStatements(connector, topics, service),
  calledBy: 'mappings',
  timeoutSeconds: undefined,
  usesSource,
  callsLambda: false,
} satisfies Partial<DeployedFunction>

const dump: DeployedFunction<DumpConnector> = {
  summary: 'Writes the records of Kafka events to object storage.',
  sections: dumpSections,
  documented: Object.values(dumpSections),
  readSettings: readDumpSettings,
  deployedBy: connector => (connector.kind === 'dump' ? connector : undefined),
  ...receiver,
}

const replicate: DeployedFunction<ReplicateConnector> = {
  summary: 'Produces the records of Kafka events to another cluster.',
  sections: replicateSections,
  documented: Object.values(replicateSections),
  readSettings: readReplicateSettings,
  deployedBy: connector => (connector.kind === 'replicate' ? connector : undefined),
  ...receiver,
}

/** Long enough to reach a cluster that answers slowly, whatever the connector allows itself for a batch. */
const CHECK_SECONDS = 60

const check: DeployedFunction = {
  summary: 'Checks what a connector needs, tells its lag, and sends test records.',
  sections: connectorSections,
  documented: [connectorSection],
  readSettings: readConnectorSettings,
  deployedBy: connector => connector,
  declared: declaredKeys,
  environment: (connector, { service }) =>
    checkEnvironment(connector, service, consumerGroup(connector, TOPIC_PLACEHOLDER, service)),
  statements: (connector, { topics, service }) => checkStatements(connector, topics, service),
  calledBy: 'commands',
  timeoutSeconds: CHECK_SECONDS,
  usesSource: () => true,
  callsLambda: false,
}

/**
 * Enough to change about a thousand mappings, with three requests each, at Lambda's 15 requests a second per account. The next
 * run continues with the rest; it does not start before this one ends. Source: AWS Lambda, "Lambda quotas".
 */
const RECONCILE_SECONDS = 240

const reconcile: DeployedFunction = {
  summary: 'Keeps one event source mapping for each topic that a connector’s pattern matches.',
  sections: reconcileSections,
  documented: [mappingSection],
  readSettings: readReconcileSettings,
  deployedBy: connector => (connector.source.pattern === undefined ? undefined : connector),
  declared: declaredKeys,
  environment: (connector, { service }) => ({
    ...checkEnvironment(connector, service, consumerGroup(connector, TOPIC_PLACEHOLDER, service)),
    MAPPED_FUNCTION: functionName(service, connectorKey(connector)),
    MAPPING: jsonText(mappingBlueprint(connector, service)) as string,
  }),
  statements: (connector, { service }) => reconcileStatements(connector, service, companionKey(connector, 'reconcile')),
  // It is what disables the mappings of a disabled connector.
  calledBy: { everyMinutes: 5, whileDisabled: true },
  timeoutSeconds: RECONCILE_SECONDS,
  usesSource: () => true,
  callsLambda: true,
}

const syncOffsets: DeployedFunction<ReplicateConnector> = {
  summary: 'Translates the offsets of consumer groups to the target, and writes checkpoints and heartbeats.',
  sections: syncOffsetsSections,
  documented: [syncOffsetsSections.offsets, syncOffsetsSections.groups],
  readSettings: readSyncOffsetsSettings,
  deployedBy: connector =>
    connector.kind === 'replicate' && connector.declaration.syncOffsets ? connector : undefined,
  declared: connector => [...declaredKeys(connector), { path: ['syncOffsets'], keys: syncOffsetsKeys }],
  environment: (connector, { service }) =>
    syncOffsetsEnvironment(connector, service, consumerGroup(connector, TOPIC_PLACEHOLDER, service)),
  statements: syncOffsetsStatements,
  calledBy: { everyMinutes: 1, whileDisabled: false },
  timeoutSeconds: undefined,
  usesSource,
  callsLambda: false,
}

const syncTopics: DeployedFunction<ReplicateConnector> = {
  summary: 'Keeps partitions, settings and ACLs of the target’s topics in step with the source’s.',
  sections: syncTopicsSections,
  documented: [syncTopicsSections.topics],
  readSettings: readSyncTopicsSettings,
  deployedBy: connector => (connector.kind === 'replicate' && connector.declaration.syncTopics ? connector : undefined),
  declared: connector => [...declaredKeys(connector), { path: ['syncTopics'], keys: syncTopicsKeys }],
  environment: (connector, { service }) => syncTopicsEnvironment(connector, service),
  statements: syncTopicsStatements,
  calledBy: { everyMinutes: 10, whileDisabled: false },
  timeoutSeconds: undefined,
  usesSource,
  callsLambda: false,
}

/**
 * Every function that connectors deploy, by its file in `functions/`. Environments, permissions, schedules, alarms, checks
 * of declarations, names and the documentation's tables derive from these entries.
 */
export const deployedFunctions = {
  dump,
  replicate,
  compact,
  'record-cluster': recordCluster,
  restore,
  check,
  reconcile,
  'sync-offsets': syncOffsets,
  'sync-topics': syncTopics,
} satisfies Record<string, DeployedFunction>

export type DeployedFunctionName = keyof typeof deployedFunctions

/** The function that the construct of the CDK deploys besides, by its file in `functions/`. */
export const SETTLE_MAPPINGS = 'settle-mappings'

/** The files of `functions/` that are bundled for Lambda. */
export const bundledFunctions: readonly string[] = [...Object.keys(deployedFunctions), SETTLE_MAPPINGS]

/** The functions that a connector deploys, the one that its mappings call first. */
export function functionsOf(connector: Connector): { file: DeployedFunctionName; parts: DeployedFunction }[] {
  return Object.entries<DeployedFunction>(deployedFunctions)
    .filter(([, parts]) => parts.deployedBy(connector) !== undefined)
    .map(([file, parts]) => ({ file: file as DeployedFunctionName, parts }))
}

/** The keys that become variables of a connector's own function. */
function declaredKeys(connector: Connector): DeclaredKeys[] {
  const failures = { path: [], keys: failureKeys[connector.kind] }
  if (connector.kind === 'dump') {
    const rotate = { path: ['to', 'rotate'], keys: rotateKeys }
    return [failures, { path: ['to'], keys: dumpTargetKeys }, rotate]
  }
  const [source, target] = connector.reversed ? ['to', 'source'] : ['source', 'to']
  return [
    failures,
    { path: ['to'], keys: replicateTargetKeys },
    { path: [source], keys: aliasKeys },
    { path: [target], keys: { alias: replicateTargetKeys.alias } },
  ]
}
