import type { Connector } from '../connectors/declaration/connector.ts'
import { describedKey } from '../connectors/declaration/key.ts'
import type { VariableKeys } from '../connectors/declaration/variable-key.ts'
import { type DeployedFunctionName, deployedFunctions } from '../connectors/resources/deployed-functions.ts'
import { type Change, changeOf } from './change.ts'
import { sourceKey, tagRule } from './mapping-change.ts'
import { changedNames, propertyChanges } from './property.ts'

type Properties = Record<string, unknown>

/** The lines for what differs between two versions of a function. Its code is not part of its properties. */
export function functionChanges(connector: Connector, file: string, before: Properties, after: Properties): Change[] {
  const hasOwnTimeout = deployedFunctions[file as DeployedFunctionName]?.timeoutSeconds !== undefined
  const rules = {
    MemorySize: (from: unknown, to: unknown) => [changeOf('memorySize', from, to)],
    Timeout: (from: unknown, to: unknown) => [
      hasOwnTimeout
        ? { ...changeOf('timeoutSeconds', from, to), what: `timeout of ${file}`, key: undefined }
        : changeOf('timeoutSeconds', from, to),
    ],
    Environment: (from: unknown, to: unknown) => variableChanges(connector, file, variablesOf(from), variablesOf(to)),
    VpcConfig: () => [{ mark: 'change' as const, what: `network of ${file}`, key: sourceKey(connector, 'vpc') }],
    Tags: tagRule,
    // Each deployment puts it elsewhere. What it contains is compared by its digest.
    Code: () => [],
    // It repeats the topics, whose mappings have lines of their own.
    Description: () => [],
  }
  return propertyChanges(before, after, rules, name => [{ mark: 'change', what: `function ${file} (${name})` }])
}

function variablesOf(environment: unknown): Properties {
  return (environment as { Variables?: Properties } | undefined)?.Variables ?? {}
}

function variableChanges(connector: Connector, file: string, before: Properties, after: Properties): Change[] {
  const keys = keysOf(connector, file)
  return changedNames(before, after).flatMap(variable => {
    const found = keys.get(variable)
    if (found) {
      const values = found.isSecret ? [undefined, undefined] : [before[variable], after[variable]]
      const unset = found.defaultText === undefined ? {} : unsetAs(found.defaultText, before[variable], after[variable])
      return [{ ...changeOf(found.key, values[0], values[1]), ...(found.isSecret ? {} : unset) }]
    }
    return otherVariable(connector, file, variable, before, after)
  })
}

/** What applies on the side where a key is left out. */
function unsetAs(defaultText: string, from: unknown, to: unknown): Partial<Change> {
  const text = `${defaultText.replaceAll('`', '')} (default)`
  return { ...(from === undefined ? { from: text } : {}), ...(to === undefined ? { to: text } : {}) }
}

interface KeyOfVariable {
  key: string
  isSecret: boolean
  defaultText?: string
}

/** The keys that declare the variables of a function, by the variables' names. */
function keysOf(connector: Connector, file: string): Map<string, KeyOfVariable> {
  const parts = deployedFunctions[file as DeployedFunctionName]
  if (parts?.deployedBy(connector) === undefined) return new Map()
  return new Map(
    parts.declared(connector as never).flatMap(({ path, keys }: { path: string[]; keys: VariableKeys }) =>
      Object.entries(keys).map(([name, { variable, schema }]) => {
        const { secret = false, defaultText } = describedKey(schema) ?? {}
        return [variable, { key: [...path, name].join('.'), isSecret: secret, defaultText }] as const
      }),
    ),
  )
}

/** Variables that the plugin makes of keys of other kinds. Their values may name secrets, so only a few are shown. */
function otherVariable(
  connector: Connector,
  file: string,
  variable: string,
  before: Properties,
  after: Properties,
): Change[] {
  const [, role, name = ''] = /^(SOURCE|TARGET)_KAFKA_(.+)$/.exec(variable) ?? []
  const cluster = role === 'SOURCE' ? sourceKey(connector, '') : file === 'restore' ? 'restore.' : targetKey(connector)
  if (role && name === 'BROKERS') return [changeOf(`${cluster}bootstrapServers`, before[variable], after[variable])]
  if (role && name === 'SECURITY_PROTOCOL')
    return [changeOf(`${cluster}securityProtocol`, before[variable], after[variable])]
  if (role) return [{ mark: 'change', what: `${cluster}auth`, key: `${cluster}auth` }]
  const rule = otherVariables[variable]
  if (rule) return rule(before[variable], after[variable])
  return [{ mark: 'change', what: `variable ${variable} of ${file}` }]
}

function targetKey(connector: Connector): string {
  return sourceKey(connector, '') === 'source.' ? 'to.' : 'source.'
}

/** Mappings have a line for each topic that comes or goes; what is left is the order. */
function topicsRule(before: unknown, after: unknown): Change[] {
  const sorted = (value: unknown) => String(value).split(/[,|]/).toSorted().join()
  return sorted(before) === sorted(after)
    ? [{ mark: 'change', what: 'order of source.topics', key: 'source.topics' }]
    : []
}

const NEW_MATCHES = 'right after the deployment, reconcile makes the mappings of topics that match and have none'

const otherVariables: Record<string, (before: unknown, after: unknown) => Change[]> = {
  DEAD_LETTER_TOPIC: (before, after) => [changeOf('deadLetter', before, after)],
  PARTIAL_BATCH_RESPONSES: () => [],
  SOURCE_TOPICS: topicsRule,
  TOPICS: topicsRule,
  SOURCE_PATTERN: (before, after) => [
    changeOf('source.pattern', before, after, before === undefined || after === undefined ? {} : { note: NEW_MATCHES }),
  ],
  // The mappings of topics have lines of their own, and those of a pattern are compared as `MAPPING` says.
  CONSUMER_GROUP: () => [],
  MAPPING: () => [],
  RECORD_TOPICS: (before, after) => [changeOf('recordTopics', before, after)],
  RECORD_INTERNAL_TOPICS: (before, after) => [changeOf('recordTopics', before, after)],
  RECORD_CONSUMER_OFFSETS: (before, after) => [changeOf('recordConsumerOffsets', before, after)],
  RECORD_GROUPS: (before, after) => [changeOf('recordConsumerOffsets', before, after)],
}
