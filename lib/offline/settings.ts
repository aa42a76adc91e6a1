import * as z from 'zod'
import { isBroker, splitBrokers } from '../kafka/client/broker-list.ts'
import { type KafkaSettings, protocolUses, saslMechanisms, securityProtocols } from '../kafka/client/settings.ts'
import { repairPem } from '../pem.ts'
import type { ConfluentSettings } from '../schema-registry/confluent-servers.ts'
import type { SchemaRegistrySettings } from '../schema-registry/index.ts'
import type { Connections } from './access/connections.ts'
import type { LambdaEndpoint } from './api/invocation.ts'
import type { EventSourceMapping } from './mapping/event-source-mapping.ts'
import { DEFAULT_PARTIAL_RESPONSES, type PartialResponses, partialResponses } from './mapping/partial-responses.ts'

/** The key under `custom` in serverless.yml that holds the settings. */
export const SETTINGS_NAME = 'serverless-offline-kafka'

/** How to reach one Kafka cluster from this machine. */
interface Cluster {
  /** `host:port` each; absent: every self-managed mapping uses its own brokers. */
  brokers?: string[]
  /** Whether mappings log in with the secrets that they name. */
  secrets: boolean
  connection: Omit<KafkaSettings, 'brokers'>
}

/** The plugin's settings. */
export interface Settings extends Cluster {
  /** False: no mapping runs, and Kafka isn't needed. */
  enabled: boolean
  /** Another cluster for the mappings of a function, by the function's key. */
  functions?: Record<string, Cluster>
  /** Port of Lambda's API for mappings; absent: the port after that of the functions. */
  apiPort?: number
  partialResponses: PartialResponses
  /** Used instead of every mapping's own schema registry. */
  schemaRegistry?: ConfluentSettings
}

/** Takes an empty string as absent: `${env:NAME, ''}` gives one when the variable is not set. */
function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess(value => (value === '' || value === null ? undefined : value), schema.optional())
}

const broker = z
  .string()
  .refine(isBroker, 'must be host:port')
  .refine(text => !text.startsWith('['), 'must not be an IPv6 address, which kafkajs does not take: use a name for it')

const brokers = z.preprocess(
  value => (typeof value === 'string' ? splitBrokers(value) : value),
  z.array(broker, 'must be host:port, a list of them, or several separated by commas').min(1),
)

const pem = z.string().transform((text, context) => {
  const repaired = repairPem(text)
  if (repaired === undefined) context.addIssue('must be whole PEM text')
  return repaired
})

/** A boolean, or its text: an environment variable is always text. */
const flag = z.stringbool({ truthy: ['true'], falsy: ['false'] }).or(z.boolean())

const registrySchema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, message: 'must be a URL that begins with http:// or https://' }),
    username: optional(z.string()),
    password: optional(z.string()),
    ca: optional(pem),
  })
  .refine(({ username, password }) => !username === !password, 'needs username and password, or neither')

const clusterFields = {
  brokers: optional(brokers),
  securityProtocol: optional(z.enum(securityProtocols)),
  saslMechanism: optional(z.enum(saslMechanisms)),
  username: optional(z.string()),
  password: optional(z.string()),
  ca: optional(pem),
  cert: optional(pem),
  key: optional(pem),
  keyPassword: optional(z.string()),
  secrets: optional(flag),
}
const clusterSchema = z.strictObject(clusterFields).superRefine(checkLogin)

const schema = z
  .strictObject({
    ...clusterFields,
    enabled: optional(flag),
    schemaRegistry: optional(registrySchema),
    functions: optional(z.record(z.string(), clusterSchema)),
    apiPort: optional(z.coerce.number().int().min(1).max(65_535)),
    partialResponses: optional(z.enum(partialResponses)),
  })
  .superRefine(checkLogin)

type ClusterSettings = z.infer<z.ZodObject<typeof clusterFields>>

/** What `secrets` replaces. */
const loginNames = ['securityProtocol', 'saslMechanism', 'username', 'password', 'cert', 'key', 'keyPassword'] as const

function checkLogin(settings: ClusterSettings, context: z.RefinementCtx) {
  const wrong = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  if (settings.secrets) {
    for (const name of loginNames) {
      if (settings[name] !== undefined) wrong(name, 'must not be set with secrets, which the login comes from')
    }
    return
  }
  const { sasl, tls } = protocolUses[settings.securityProtocol ?? 'PLAINTEXT']
  for (const name of ['saslMechanism', 'username', 'password'] as const) {
    if (sasl && settings[name] === undefined) wrong(name, `is required for ${settings.securityProtocol}`)
    if (!sasl && settings[name] !== undefined) wrong(name, 'requires securityProtocol SASL_SSL or SASL_PLAINTEXT')
  }
  for (const name of ['ca', 'cert', 'key'] as const) {
    if (settings[name] !== undefined && !tls) wrong(name, 'requires securityProtocol SSL or SASL_SSL')
  }
  if (!settings.cert !== !settings.key)
    wrong(settings.cert ? 'key' : 'cert', `is required with ${settings.cert ? 'cert' : 'key'}`)
}

/**
 * Reads the plugin's settings.
 *
 * @param custom the `custom` section of serverless.yml
 * @throws one error that names every wrong setting, without the values
 */
export function readSettings(custom: Record<string, unknown> | undefined): Settings {
  const parsed = schema.safeParse(custom?.[SETTINGS_NAME] || {})
  if (!parsed.success)
    throw new Error(`custom.${SETTINGS_NAME}:\n${parsed.error.issues.flatMap(issueLines).join('\n')}`)
  const { enabled = true, functions, apiPort, partialResponses, schemaRegistry, ...cluster } = parsed.data
  const ofFunctions = functions && Object.entries(functions).map(([key, own]) => [key, clusterOf(own)] as const)
  return {
    enabled,
    ...clusterOf(cluster),
    functions: ofFunctions && Object.fromEntries(ofFunctions),
    apiPort,
    partialResponses: partialResponses ?? DEFAULT_PARTIAL_RESPONSES,
    schemaRegistry: schemaRegistry && registryOf(schemaRegistry),
  }
}

function clusterOf(settings: ClusterSettings): Cluster {
  const {
    brokers,
    securityProtocol = 'PLAINTEXT',
    saslMechanism,
    username,
    password,
    secrets = false,
    ...tls
  } = settings
  const sasl = saslMechanism && username && password ? { mechanism: saslMechanism, username, password } : undefined
  return { brokers, secrets, connection: { securityProtocol, sasl, ...tls } }
}

function registryOf({ url, username, password, ca }: z.infer<typeof registrySchema>): ConfluentSettings {
  return { urls: [url], credentials: username && password ? { username, password } : undefined, tls: { ca } }
}

function issueLines(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(name => `  ${name}: is not a setting of this plugin`)
  return [`  ${issue.path.join('.') || 'settings'}: ${issue.message}`]
}

/** Where serverless-offline listens. In its order of precedence: options, then the custom section, then defaults. */
export function functionsEndpoint(
  custom: Record<string, unknown> | undefined,
  options: Record<string, unknown>,
): LambdaEndpoint {
  const { host, lambdaPort } = {
    host: 'localhost',
    lambdaPort: 3002,
    ...(custom?.['serverless-offline'] as object | undefined),
    ...options,
  }
  return { host: reachable[String(host)] ?? String(host), port: Number(lambdaPort) }
}

/** A server can listen on an address for all interfaces, but not every system lets a client connect to it. */
const reachable: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** The port of Lambda's API for mappings, on the loopback address. */
export function apiPortOf({ apiPort }: Settings, functions: LambdaEndpoint): number {
  return apiPort ?? functions.port + 1
}

/**
 * The cluster that a mapping reads on this machine, and whether the mapping's secrets have its login.
 *
 * @throws for an MSK mapping without `brokers`, because only AWS knows the brokers of MSK
 */
function connectionOf(
  settings: Settings,
  mapping: EventSourceMapping,
): { connection: KafkaSettings; secrets: boolean } {
  const { brokers, connection, secrets } = settings.functions?.[mapping.functionKey] ?? settings
  const own = mapping.bootstrapServers.length > 0 ? mapping.bootstrapServers : undefined
  const servers = brokers ?? own
  if (!servers) {
    throw new Error(
      `function ${mapping.functionKey}, topic ${mapping.topic}: set custom.${SETTINGS_NAME}.brokers to a cluster that this machine can reach, because it can't reach MSK`,
    )
  }
  return { connection: { ...connection, brokers: servers }, secrets }
}

/**
 * The schema registry of a mapping on this machine, without the login that its secrets have; undefined when it has none.
 *
 * @throws for a mapping whose registry only CloudFormation knows, when the settings name none
 */
function schemaRegistryOf(
  { schemaRegistry }: Settings,
  mapping: EventSourceMapping,
): SchemaRegistrySettings | undefined {
  if (!mapping.schemaRegistry) return undefined
  if (schemaRegistry) return schemaRegistry
  const { uri } = mapping.schemaRegistry
  if (uri !== undefined) return uri.startsWith('arn:') ? { arn: uri } : { urls: [uri] }
  throw new Error(
    `function ${mapping.functionKey}, topic ${mapping.topic}: set custom.${SETTINGS_NAME}.schemaRegistry.url to a registry that this machine can reach, because only CloudFormation knows that of the mapping`,
  )
}

/**
 * What a mapping connects to on this machine.
 *
 * @throws for a mapping whose brokers or registry only AWS knows, when the settings name none
 */
export function connectionsOf(settings: Settings, mapping: EventSourceMapping): Connections & { secrets: boolean } {
  return { ...connectionOf(settings, mapping), registry: schemaRegistryOf(settings, mapping) }
}
