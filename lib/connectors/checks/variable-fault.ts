import { readConnectorSettings } from '../../config/connector.ts'
import { readDumpSettings } from '../../config/dump.ts'
import { readReconcileSettings } from '../../config/reconcile.ts'
import { readReplicateSettings, readSyncTopicsSettings } from '../../config/replicate.ts'
import { ConfigError } from '../../config/section.ts'
import { readSyncOffsetsSettings } from '../../config/sync-offsets.ts'
import type { Connector } from '../declaration/connector.ts'
import {
  aliasKeys,
  dumpTargetKeys,
  failureKeys,
  replicateTargetKeys,
  syncOffsetsKeys,
  syncTopicsKeys,
} from '../declaration/declaration.ts'
import type { FunctionEnvironment, VariableKeys } from '../declaration/variable-key.ts'
import type { ConnectorFunction } from '../resources/function.ts'
import type { Fault } from './fault.ts'

type Settings = (environment: Record<string, string>) => unknown

/** How each function reads its environment, by its handler. */
const readers: Record<string, Settings> = {
  'functions/check.handler': readConnectorSettings,
  'functions/dump.handler': readDumpSettings,
  'functions/reconcile.handler': readReconcileSettings,
  'functions/replicate.handler': readReplicateSettings,
  'functions/sync-offsets.handler': readSyncOffsetsSettings,
  'functions/sync-topics.handler': readSyncTopicsSettings,
}

/** What all variables of a function may have together. Source: AWS Lambda quotas. */
const MAX_BYTES = 4096

/**
 * What a connector's functions would find wrong with their environments when they start, said of the keys that make them.
 * So that a rule across variables is written once, in `lib/config`.
 */
export function environmentFaults(connector: Connector, functions: ConnectorFunction[]): Fault[] {
  const paths = variablePaths(connector)
  return functions.flatMap(({ definition: { name, handler, environment } }) => {
    const bytes = Buffer.byteLength(JSON.stringify(environment))
    const tooLarge = `its function ${name} would have variables of ${bytes} bytes; AWS allows ${MAX_BYTES}`
    const wrong = faultsOf(readers[handler], environment).flatMap(fault => {
      const [variable = '', message = ''] = fault.split(/: (.*)/s)
      const path = paths.get(variable)
      return path ? [{ path, message: withKeys(message, paths) }] : []
    })
    return bytes > MAX_BYTES ? [...wrong, { path: [], message: tooLarge }] : wrong
  })
}

function faultsOf(read: Settings | undefined, environment: FunctionEnvironment): string[] {
  const known = Object.entries(environment).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  try {
    read?.(Object.fromEntries(known))
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    // What only CloudFormation knows counts as right.
    return error.faults.filter(fault => typeof (environment[fault.split(':')[0] ?? ''] ?? '') === 'string')
  }
}

/** Where each variable is declared. One that is not here has no key: the plugin itself sets it. */
function variablePaths(connector: Connector): Map<string, string[]> {
  const under = (prefix: string[], keys: VariableKeys) =>
    Object.entries(keys).map(([name, { variable }]): [string, string[]] => [variable, [...prefix, name]])
  if (connector.kind === 'dump') return new Map([...under([], failureKeys), ...under(['to'], dumpTargetKeys)])
  const [source, to] = connector.reversed ? ['to', 'source'] : ['source', 'to']
  return new Map([
    ...under([], failureKeys),
    ...under(['to'], replicateTargetKeys),
    ...under(['syncOffsets'], syncOffsetsKeys),
    ...under(['syncTopics'], syncTopicsKeys),
    ...under([source], aliasKeys),
    ['TARGET_ALIAS', [to, 'alias']],
  ])
}

/** Speaks of variables by the keys that stand for them. */
function withKeys(message: string, paths: Map<string, string[]>): string {
  return message.replaceAll(/\b[A-Z][A-Z0-9_]+\b/g, name => paths.get(name)?.join('.') ?? name)
}
