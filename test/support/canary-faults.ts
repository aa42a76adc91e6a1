import { readConnectors } from '../../lib/connectors/reader.ts'
import type { DeployedFunctionName } from '../../lib/connectors/resources/deployed-functions.ts'
import { connectorFunctions } from '../../lib/connectors/resources/function.ts'
import type { KafkaSettings } from '../../lib/kafka/client/settings.ts'
import { freePorts } from '../../local/ports.ts'
import type { CanaryWorld } from './canary-world.ts'
import { startRefusingAws } from './refusing-aws.ts'
import { stack } from './stack.ts'

export type Environment = Record<string, string>

/** The topics of a run, and the aliases of its clusters. */
export interface CanaryNames {
  topic: string
  failed: string
  source: string
  target: string
}

const SERVICE = 'canary-dev'

/** Two connectors that deploy every function, with all their secrets by reference. */
export function declaredConnectors(
  { places, moto, bucket }: CanaryWorld,
  { topic, failed, source, target }: CanaryNames,
) {
  const on = ({ brokers }: KafkaSettings) => ({ bootstrapServers: brokers, auth: { scram512: places.login } })
  const from = on(stack.connections.saslPlaintextScram256)
  const to = on(stack.target.saslPlaintextScram256)
  const failures = { deadLetter: failed, abnormalDataTopic: failed, failurePolicy: 'log', logLevel: 'DEBUG' }
  return {
    lake: {
      ...{
        type: 'dump',
        source: { ...from, pattern: topic },
        restore: to,
        recordTopics: true,
        recordConsumerOffsets: true,
        ...failures,
      },
      to: {
        ...{ bucket, prefix: 'lake', region: 'eu-central-1', endpoint: moto.endpoint, rotate: { flushSize: 1 } },
        accessKeyId: { secret: `${places.store}#id` },
        secretAccessKey: { secret: `${places.store}#secret` },
      },
    },
    copy: {
      ...{ type: 'replicate', syncOffsets: { syncConsumerOffsets: true }, syncTopics: { syncAcls: true }, ...failures },
      source: { ...from, alias: source, topics: [topic] },
      to: { ...to, alias: target },
    },
  }
}

/** A function as one of the connectors deploys it. */
export interface DeployedCanary {
  connector: string
  file: DeployedFunctionName
  environment: Environment
}

/** The functions with the variables with which they are deployed; those of clusters without TLS, as the test's listeners are. */
export function deployedCanaries(world: CanaryWorld, names: CanaryNames): DeployedCanary[] {
  const provider = { service: SERVICE, isTraced: false, hasVpc: false, logRetentionDays: 14 }
  return readConnectors(declaredConnectors(world, names), SERVICE, 'connectors').flatMap(connector =>
    connectorFunctions(connector, [names.topic], provider).map(({ file, definition }) => {
      const own = { AWS_LAMBDA_FUNCTION_NAME: definition.name, ...(definition.environment as Environment) }
      const protocols = Object.keys(own).filter(name => name.endsWith('_KAFKA_SECURITY_PROTOCOL'))
      const plain = Object.fromEntries(protocols.map(name => [name, 'SASL_PLAINTEXT']))
      return { connector: connector.name, file, environment: { ...world.identity, ...own, ...plain } }
    }),
  )
}

/** Something that is wrong with what a function works with. */
export interface Fault {
  name: string
  environment: Environment
  /** The codes of errors with one of which the function fails. */
  codes: string[]
}

/** Where nothing may be done, and where nothing is. */
export interface Faulty {
  /** The address of an AWS that refuses everything. */
  refusing: string
  /** A port at which nothing listens. */
  closed: number
}

/** @param closing gets what ends it */
export async function startFaulty(closing: AsyncDisposableStack): Promise<Faulty> {
  const refusing = await startRefusingAws()
  closing.defer(() => refusing.close())
  const [closed = 0] = await freePorts(1)
  return { refusing: refusing.settings.endpoint ?? '', closed }
}

/** What can be wrong for a function with these variables. */
export function faultsOf(environment: Environment, { places }: CanaryWorld, { refusing, closed }: Faulty): Fault[] {
  const nowhere = `http://127.0.0.1:${closed}`
  const brokers = Object.keys(environment).filter(name => name.endsWith('_KAFKA_BROKERS'))
  const changed = (from: string, to: string) =>
    Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.replace(from, to)]))
  const putAside = 'DEAD_LETTER_UNREACHABLE'
  const store = (S3_ENDPOINT: string, code: string) => ({
    environment: { S3_ENDPOINT, S3_MAX_RETRIES: '0' },
    codes: [code],
  })
  return [
    {
      name: 'secrets that it may not read',
      environment: { AWS_ENDPOINT_URL_SECRETS_MANAGER: refusing },
      codes: ['SECRET_UNREADABLE'],
    },
    ...(environment.S3_BUCKET
      ? [
          { name: 'a store that refuses it', ...store(refusing, 'STORE_ACCESS_DENIED') },
          { name: 'no store', ...store(nowhere, 'STORE_UNAVAILABLE') },
        ]
      : []),
    ...(brokers.length > 0
      ? [
          {
            name: 'a wrong password of a cluster',
            environment: changed(places.login, places.wrongLogin),
            codes: ['KAFKA_ACCESS_DENIED', putAside],
          },
          {
            name: 'no cluster',
            environment: Object.fromEntries(brokers.map(name => [name, `127.0.0.1:${closed}`])),
            codes: ['KAFKA_UNAVAILABLE', putAside],
          },
        ]
      : []),
  ]
}

/** What can be wrong for a function that asks Lambda. */
export function lambdaFaults({ refusing, closed }: Faulty): Fault[] {
  const at = (AWS_ENDPOINT_URL_LAMBDA: string) => ({ AWS_ENDPOINT_URL_LAMBDA, AWS_MAX_ATTEMPTS: '1' })
  return [
    { name: 'a Lambda that refuses it', environment: at(refusing), codes: ['LAMBDA_ACCESS_DENIED'] },
    { name: 'no Lambda', environment: at(`http://127.0.0.1:${closed}`), codes: ['LAMBDA_UNAVAILABLE', 'ECONNREFUSED'] },
  ]
}
