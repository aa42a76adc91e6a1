import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import type { Statement } from '../../../lib/cloudformation/template.ts'
import { type ClusterAdmin, createAdmin } from '../../../lib/kafka/admin/admin.ts'
import type { KafkaBroker } from '../../../local/kafka-broker.ts'
import { clusterOf } from '../../../local/permissions/deployed.ts'
import { type Granted, REGION } from '../../../local/permissions/granted.ts'
import { type ClusterRole, clusters } from '../../../local/permissions/samples.ts'
import { allOrNone } from '../../../local/stack.ts'
import { startAuthorizingKafka } from '../authorizing-broker.ts'
import { FunctionProcess, functionFile } from '../function-process.ts'
import { type Moto, startMoto } from '../moto.ts'
import { configOf } from '../moto-function.ts'
import { createUser } from './cluster-permissions.ts'
import { type Admitted, type GuardedAws, startGuardedAws } from './guarded-aws.ts'

const roles = Object.keys(clusters) as ClusterRole[]

const PASSWORD = 'password'

/** What runs a function with the permissions of a role: AWS behind a guard, and two clusters with authorizers. */
export interface World {
  moto: Moto
  brokers: Record<ClusterRole, KafkaBroker>
  admins: Record<ClusterRole, ClusterAdmin>
  createBucket(name: string): Promise<void>
  createSecret(name: string, value: object): Promise<string>
  putParameter(name: string, value: string): Promise<void>
  /** Starts a function with a role. */
  start(file: string, role: string, statements: Statement[], options: StartOptions): Promise<RunningFunction>
  stop(): Promise<void>
}

export interface StartOptions {
  environment: Record<string, string>
  /** Topics that patterns of statements mean. */
  names?: string[]
}

export interface RunningFunction {
  process: FunctionProcess
  admitted: Admitted
}

export async function startWorld(): Promise<World> {
  const [moto, source, target] = await allOrNone(startMoto(), startAuthorizingKafka(), startAuthorizingKafka())
  const brokers = { source, target }
  const guard = await startGuardedAws(moto, source.connections.saslPlaintextPlain.brokers.join())
  const config = configOf(moto)
  const [store, secrets, parameters] = [new S3Client(config), new SecretsManagerClient(config), new SSMClient(config)]
  const admins = {
    source: createAdmin(source.connections.plaintext, 'test'),
    target: createAdmin(target.connections.plaintext, 'test'),
  }
  return {
    moto,
    brokers,
    admins,
    async createBucket(Bucket) {
      await store.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: REGION } }))
    },
    async createSecret(Name, value) {
      return (await secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }))).ARN ?? ''
    },
    async putParameter(Name, Value) {
      await parameters.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }))
    },
    start: (file, role, statements, options) => start(file, role, statements, options, guard, brokers),
    async stop() {
      for (const client of [store, secrets, parameters]) client.destroy()
      await guard.close()
      await Promise.all([moto.stop(), source.stop(), target.stop()])
    },
  }
}

async function start(
  file: string,
  role: string,
  statements: Statement[],
  { environment, names = [] }: StartOptions,
  guard: GuardedAws,
  brokers: World['brokers'],
): Promise<RunningFunction> {
  const admitted = guard.admit(role, statements)
  const user = { name: role, password: PASSWORD }
  await Promise.all(
    roles.map(cluster =>
      createUser(brokers[cluster].connections.plaintext, user, grantedOn(cluster, admitted.granted), names),
    ),
  )
  const process = new FunctionProcess(functionFile(file), {
    ...{ AWS_REGION: REGION, AWS_ENDPOINT_URL: guard.endpoint, AWS_EC2_METADATA_DISABLED: 'true' },
    ...{ AWS_ACCESS_KEY_ID: role, AWS_SECRET_ACCESS_KEY: 'secret' },
    ...environment,
    ...loginOf('SOURCE', brokers.source, role, environment),
    ...loginOf('TARGET', brokers.target, role, environment),
  })
  return { process, admitted }
}

/** The permissions on one of the clusters. */
export function grantedOn(cluster: ClusterRole, granted: Granted[]): Granted[] {
  return granted.filter(
    ({ action, resources }) => action.startsWith('kafka-cluster:') && resources.some(arn => clusterOf(arn) === cluster),
  )
}

/** The login of a role where a function has IAM: its user of the cluster. Brokers that are not declared are asked of AWS. */
function loginOf(prefix: string, broker: KafkaBroker, username: string, environment: Record<string, string>) {
  if (environment[`${prefix}_KAFKA_SASL_MECHANISM`] !== 'AWS_MSK_IAM') return {}
  const variables = {
    ...(environment[`${prefix}_KAFKA_BROKERS`] === undefined
      ? {}
      : { BROKERS: broker.connections.saslPlaintextPlain.brokers.join() }),
    SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    SASL_MECHANISM: 'SCRAM-SHA-512',
    USERNAME: username,
    PASSWORD,
  }
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [`${prefix}_KAFKA_${name}`, value]))
}
