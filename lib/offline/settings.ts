import { z } from 'zod'
import { type KafkaSettings, saslMechanisms, securityProtocols } from '../kafka/client/settings.ts'
import type { LambdaEndpoint } from './api/invocation.ts'
import type { EventSourceMapping } from './mapping/event-source-mapping.ts'

/** Where the settings are in serverless.yml, under `custom`. */
export const SETTINGS_NAME = 'serverless-offline-kafka'

/** How to reach a Kafka of the laptop's. */
interface Cluster {
  /** `host:port` each; absent: every self-managed mapping uses its own servers. */
  brokers?: string[]
  connection: Omit<KafkaSettings, 'brokers'>
}

/** How to reach the laptop's Kafka. */
export interface Settings extends Cluster {
  /** False: no mapping is run, and Kafka isn't needed. */
  enabled: boolean
  /** Another cluster for the mappings of a function, by the function's key. */
  functions?: Record<string, Cluster>
  /** Where Lambda's API for mappings is served; absent: the port after that of the functions. */
  apiPort?: number
}

/** An empty string is what `${env:NAME, ''}` gives when nobody set it. */
function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess(value => (value === '' || value === null ? undefined : value), schema.optional())
}

const broker = z.string().regex(/^[^\s,]+:\d+$/, 'must be host:port')

const brokers = z.preprocess(
  value => (typeof value === 'string' ? value.split(',').map(part => part.trim()) : value),
  z.array(broker, 'must be host:port, a list of them, or several with commas').min(1),
)

const pem = z.string().includes('-----BEGIN', 'must be a PEM text')

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
}
const clusterSchema = z.strictObject(clusterFields).superRefine(checkLogin)

const schema = z
  .strictObject({
    ...clusterFields,
    // A variable of the environment comes as text.
    enabled: optional(z.stringbool({ truthy: ['true'], falsy: ['false'] }).or(z.boolean())),
    functions: optional(z.record(z.string(), clusterSchema)),
    apiPort: optional(z.coerce.number().int().min(1).max(65_535)),
  })
  .superRefine(checkLogin)

type ClusterSettings = z.infer<z.ZodObject<typeof clusterFields>>

function checkLogin(settings: ClusterSettings, context: z.RefinementCtx) {
  const wrong = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  const sasl = settings.securityProtocol?.startsWith('SASL_')
  for (const name of ['saslMechanism', 'username', 'password'] as const) {
    if (sasl && settings[name] === undefined) wrong(name, `is needed for ${settings.securityProtocol}`)
    if (!sasl && settings[name] !== undefined) wrong(name, 'needs securityProtocol SASL_SSL or SASL_PLAINTEXT')
  }
  for (const name of ['ca', 'cert', 'key'] as const) {
    if (settings[name] !== undefined && !settings.securityProtocol?.endsWith('SSL'))
      wrong(name, 'needs securityProtocol SSL or SASL_SSL')
  }
  if (!settings.cert !== !settings.key) wrong(settings.cert ? 'key' : 'cert', 'is needed, too')
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
  const { enabled = true, functions, apiPort, ...cluster } = parsed.data
  const ofFunctions = functions && Object.entries(functions).map(([key, own]) => [key, clusterOf(own)] as const)
  return { enabled, ...clusterOf(cluster), functions: ofFunctions && Object.fromEntries(ofFunctions), apiPort }
}

function clusterOf(settings: ClusterSettings): Cluster {
  const { brokers, securityProtocol = 'PLAINTEXT', saslMechanism, username, password, ...tls } = settings
  const sasl = saslMechanism && username && password ? { mechanism: saslMechanism, username, password } : undefined
  return { brokers, connection: { securityProtocol, sasl, ...tls } }
}

function issueLines(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map(name => `  ${name}: there is no such setting`)
  return [`  ${issue.path.join('.') || 'it'}: ${issue.message}`]
}

/** Where serverless-offline listens: by its own order of options, then custom section, then defaults. */
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

/** Addresses that stand for all interfaces can be listened on, but not everywhere connected to. */
const reachable: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** The port on which Lambda's API for mappings is served, on the loopback address. */
export function apiPortOf({ apiPort }: Settings, functions: LambdaEndpoint): number {
  return apiPort ?? functions.port + 1
}

/**
 * The cluster that a mapping reads on this laptop.
 *
 * @throws for an MSK mapping without `brokers`: its own servers are known to AWS only
 */
export function connectionOf(settings: Settings, mapping: EventSourceMapping): KafkaSettings {
  const { brokers, connection } = settings.functions?.[mapping.functionKey] ?? settings
  const own = mapping.bootstrapServers.length > 0 ? mapping.bootstrapServers : undefined
  const servers = brokers ?? own
  if (!servers) {
    throw new Error(
      `function ${mapping.functionKey}, topic ${mapping.topic}: set custom.${SETTINGS_NAME}.brokers, because an MSK cluster can't be reached from here`,
    )
  }
  return { ...connection, brokers: servers }
}
