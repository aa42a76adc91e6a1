import { kafkaSection } from '../config/kafka.ts'
import { readSections } from '../config/section.ts'
import { createAdmin } from '../kafka/admin/admin.ts'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import type { ClientConfig } from '../lambda/client-config.ts'
import { referenceKinds } from '../secrets/reference.ts'
import { type Connector, isReversed } from './declaration/connector.ts'
import type { FunctionEnvironment } from './declaration/variable-key.ts'
import { type DeployedFunctionName, deployedFunctions } from './resources/deployed-functions.ts'
import { type FunctionDefinition, handlerOf } from './resources/function.ts'
import { connectorKey } from './resources/function-name.ts'
import { topicsOf } from './resources/pattern.ts'

/** The clusters and the store that replace the declared ones on a laptop. */
export interface LocalPlace {
  /** The cluster that mappings read; undefined: the declared one. */
  source: KafkaSettings | undefined
  /** The cluster that replications write to, and that reversed ones read; undefined: the declared one. */
  target: KafkaSettings | undefined
  /** Variables of the store and the target (`S3_…`, `TARGET_KAFKA_…`), which override the declaration. */
  environment: Record<string, string | undefined>
  /** The endpoint of Lambda's API for the local mappings. */
  lambda: ClientConfig
}

const SOURCE = 'SOURCE_KAFKA_'
const TARGET = 'TARGET_KAFKA_'
const STORE = 'S3_'
/** Variables with numbers of replicas: a laptop has fewer brokers. */
const REPLICAS = ['REPLICAS', 'INTERNAL_TOPIC_REPLICAS']

/** The functions of an expansion with the environment in which they run on this laptop. */
export function localFunctions(
  functions: Record<string, FunctionDefinition>,
  connectors: Connector[],
  place: LocalPlace,
): Record<string, FunctionDefinition> {
  const byName = new Map(connectors.map(connector => [connector.name, connector]))
  return Object.fromEntries(
    Object.entries(functions).map(([key, definition]) => {
      const connector = byName.get(String(definition.environment.CONNECTOR_NAME))
      const declared = { ...definition.environment, ...(connector && localBucket(connector)) }
      const own = connector ? placeOf(connector, declared, place) : place
      const lambda = callsLambda(definition) ? lambdaVariables(place.lambda) : {}
      return [key, { ...definition, environment: { ...localEnvironment(declared, own), ...lambda } }]
    }),
  )
}

function callsLambda({ handler }: FunctionDefinition): boolean {
  return Object.entries(deployedFunctions).some(
    ([file, parts]) => parts.callsLambda && handlerOf(file as DeployedFunctionName) === handler,
  )
}

/** The cluster that `TARGET_KAFKA_…` names on this laptop. */
export function localTarget(environment: Record<string, string | undefined>): KafkaSettings | undefined {
  return readSections({ target: kafkaSection('Target cluster', TARGET) }, environment).target
}

/** The clusters that mappings of reversed connectors read, as settings of serverless-offline-kafka. */
export function reversedMappings(connectors: Connector[], place: Clusters): Record<string, object> {
  const { brokers, securityProtocol, sasl, ca, cert, key, keyPassword } = place.target ?? {}
  const { mechanism: saslMechanism, username, password } = sasl ?? {}
  const cluster = { brokers, securityProtocol, saslMechanism, username, password, ca, cert, key, keyPassword }
  return Object.fromEntries(
    connectors
      .filter(connector => isReversedHere(connector, place))
      .map(connector => [connectorKey(connector), cluster]),
  )
}

type Clusters = Pick<LocalPlace, 'source' | 'target'>

/** Whether a connector reads the laptop's second cluster and writes to its first: reversed ones do if both exist. */
function isReversedHere(connector: Connector, { source, target }: Clusters): boolean {
  return isReversed(connector) && source !== undefined && target !== undefined
}

/** The clusters of one function. A restore on a laptop goes to the laptop's cluster: the declared one may be in production. */
function placeOf(connector: Connector, declared: FunctionEnvironment, place: LocalPlace): LocalPlace {
  if (isReversedHere(connector, place)) return reversedPlace(place)
  const isRestored = connector.kind === 'dump' && declared[`${TARGET}BROKERS`] !== undefined
  if (!isRestored || !place.source || place.environment[`${TARGET}BROKERS`]) return place
  return { ...place, environment: { ...place.environment, ...connectionVariables(TARGET, place.source) } }
}

/** The laptop with its clusters exchanged, for reversed connectors. */
function reversedPlace({ source, target, environment, lambda }: LocalPlace): LocalPlace {
  const others = Object.entries(environment).filter(([name]) => !name.startsWith(TARGET))
  const written = source ? connectionVariables(TARGET, source) : {}
  return { source: target, target: source, environment: { ...Object.fromEntries(others), ...written }, lambda }
}

/** Variables that make the SDK talk to the local mappings. */
function lambdaVariables({ endpoint = '', credentials }: ClientConfig): FunctionEnvironment {
  const key = typeof credentials === 'function' ? undefined : credentials
  return {
    AWS_ENDPOINT_URL_LAMBDA: endpoint,
    AWS_ACCESS_KEY_ID: key?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: key?.secretAccessKey ?? '',
  }
}

/** The declared bucket: on a laptop it has to exist already, even where the deployment would create it. */
function localBucket(connector: Connector): FunctionEnvironment {
  const bucket = connector.kind === 'dump' ? connector.declaration.to.bucket : undefined
  return bucket === undefined ? {} : { S3_BUCKET: bucket }
}

function localEnvironment(declared: FunctionEnvironment, { source, environment }: LocalPlace): FunctionEnvironment {
  const set = Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1]))
  const own = set.filter(([name]) => name.startsWith(STORE) || name.startsWith(TARGET))
  const references = Object.values(referenceKinds).flatMap(({ suffix }) => own.map(([name]) => name + suffix))
  // A login belongs to its brokers, so both are replaced together.
  const replaced = [...(source ? [SOURCE] : []), ...(environment.TARGET_KAFKA_BROKERS ? [TARGET] : [])]
  const isReplaced = (name: string) =>
    references.includes(name) ||
    replaced.some(prefix => name.startsWith(prefix)) ||
    (replaced.length > 0 && REPLICAS.includes(name))
  const kept = Object.entries(declared).filter(([name, value]) => typeof value === 'string' && !isReplaced(name))
  return Object.fromEntries([...kept, ...(source ? Object.entries(connectionVariables(SOURCE, source)) : []), ...own])
}

function connectionVariables(prefix: string, connection: KafkaSettings) {
  const { brokers, securityProtocol, sasl, ca, cert, key, keyPassword } = connection
  const variables = {
    BROKERS: brokers.join(','),
    SECURITY_PROTOCOL: securityProtocol,
    SASL_MECHANISM: sasl?.mechanism,
    USERNAME: sasl?.username,
    PASSWORD: sasl?.password,
    CA: ca,
    CERT: cert,
    KEY: key,
    KEY_PASSWORD: keyPassword,
  }
  const known = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(known.map(([name, value]) => [prefix + name, value]))
}

/** The topics that patterns match on the laptop's clusters, by connector. */
export async function localMatches(connectors: Connector[], clusters: Clusters): Promise<Map<string, string[]>> {
  const wanted = connectors.filter(({ source }) => source.pattern !== undefined)
  const readers = Map.groupBy(wanted, connector =>
    isReversedHere(connector, clusters) ? clusters.target : clusters.source,
  )
  const matches = await Promise.all(
    Array.from(readers, async ([cluster, connectors]) => {
      const counts = cluster && (await createAdmin(cluster, 'serverless-connectors').partitionCounts())
      return connectors.map(connector => [connector.name, topicsOf(connector, counts?.keys() ?? [])] as const)
    }),
  )
  return new Map(matches.flat())
}
