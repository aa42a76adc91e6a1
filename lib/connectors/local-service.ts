import type { KafkaSettings } from '../kafka/client/settings.ts'
import type { ClientConfig } from '../lambda/client-config.ts'
import type { Log } from '../offline/log.ts'
import { apiPortOf, functionsEndpoint, readSettings, SETTINGS_NAME } from '../offline/settings.ts'
import type { Connector } from './declaration/connector.ts'
import { checked, fail, type Options, type Serverless } from './framework.ts'
import { localFunctions, localMatches, localTarget, reversedMappings } from './local.ts'
import { type Expansion, expand } from './resources/expansion.ts'
import { serviceContext } from './service.ts'

/** How to reach the service's own process, which answers as Lambda's API. See `lib/offline/api/lambda-api.ts`. */
export function localConfig(serverless: Serverless, options: Options): ClientConfig {
  const { custom } = serverless.service
  const settings = checked(serverless, () => readSettings(custom))
  const port = apiPortOf(settings, functionsEndpoint(custom, options))
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials }
}

/** What a service leaves open comes from the environment, so that it needs no lines of its own for a laptop. */
export function useEnvironment({ service }: Serverless): void {
  const { KAFKA_BROKERS, OFFLINE_API_PORT, OFFLINE_HTTP_PORT, OFFLINE_LAMBDA_PORT } = process.env
  const { [SETTINGS_NAME]: mappings, 'serverless-offline': offline, ...others } = service.custom ?? {}
  const ports = { httpPort: numberOf(OFFLINE_HTTP_PORT), lambdaPort: numberOf(OFFLINE_LAMBDA_PORT) }
  service.custom = {
    ...others,
    [SETTINGS_NAME]: { ...set({ brokers: KAFKA_BROKERS, apiPort: OFFLINE_API_PORT }), ...set(mappings) },
    'serverless-offline': { ...set(ports), ...set(offline) },
  }
}

const numberOf = (text: string | undefined) => (text ? Number(text) : undefined)

/** Settings that have a value: an empty text is what `${env:NAME, ''}` gives for a variable that isn't set. */
function set(settings: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings ?? {}).filter(([, value]) => value !== undefined && value !== ''))
}

/** Expands connectors for `serverless offline`: with the laptop's clusters and store, and with the topics that patterns match now. */
export async function localExpansion(
  serverless: Serverless,
  options: Options,
  connectors: Connector[],
  log: Log,
): Promise<Expansion> {
  const clusters = { source: localSource(serverless), target: checked(serverless, () => localTarget(process.env)) }
  const matches = clusters.source
    ? await localMatches(connectors, clusters).catch(({ message }: Error) => fail(serverless, message))
    : new Map<string, string[]>()
  for (const [name, topics] of matches) {
    if (topics.length === 0) log.warning(`Kafka  no topic matches the pattern of ${name}`)
  }
  const { functions, resources, extensions } = expand(connectors, { ...serviceContext(serverless), matches })
  addLocalMappings(serverless, reversedMappings(connectors, clusters))
  const place = { ...clusters, environment: process.env, lambda: localConfig(serverless, options) }
  return { functions: localFunctions(functions, connectors, place), resources, extensions }
}

/** The cluster that all mappings read on this laptop; undefined when each reads its own. */
function localSource(serverless: Serverless): KafkaSettings | undefined {
  const { brokers, connection } = checked(serverless, () => readSettings(serverless.service.custom))
  return brokers && { ...connection, brokers }
}

/** Tells serverless-offline-kafka which functions have mappings that read another cluster. */
function addLocalMappings({ service }: Serverless, functions: Record<string, object>): void {
  const settings = service.custom?.[SETTINGS_NAME] as Record<string, object> | undefined
  const all = { ...functions, ...settings?.functions }
  service.custom = { ...service.custom, [SETTINGS_NAME]: { ...settings, functions: all } }
}
