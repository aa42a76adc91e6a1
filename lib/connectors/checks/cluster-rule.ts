import { declaredLogins } from '../declaration/cluster.ts'
import { type Connector, type DumpConnector, isReversed } from '../declaration/connector.ts'
import { declaredRecording } from '../declaration/recording.ts'
import { restoredCluster } from '../declaration/restored-cluster.ts'
import { usesSource } from '../resources/environment.ts'
import { type Fault, when } from './fault.ts'

/** Rules about a connector's clusters and their logins. */
export function clusterFaults(connector: Connector): Fault[] {
  const { source, kind } = connector
  const [at, other] = isReversed(connector) ? ['to', 'source'] : ['source', 'to']
  return [
    ...readFaults(source, at),
    ...when(
      source.msk && !source.bootstrapServers && (usesSource(connector) || isRecorded(connector)),
      `${at}.bootstrapServers`,
      'expected the brokers, as the function itself connects to the cluster: aws kafka get-bootstrap-brokers lists them',
    ),
    ...(kind === 'dump' ? restoreFaults(connector) : []),
    ...(kind === 'replicate'
      ? [
          ...loginFaults(connector.to, other),
          ...when(
            !connector.to.bootstrapServers,
            `${other}.bootstrapServers`,
            'expected the brokers of the cluster that is written to, got nothing',
          ),
        ]
      : []),
  ]
}

/** The function that restores connects to its cluster itself: to the declared one, else to the source. */
function restoreFaults(connector: DumpConnector): Fault[] {
  const { restore } = connector.declaration
  if (!restore) return []
  const hasOwn = restoredCluster(connector) === restore
  const at = hasOwn ? 'restore' : 'source'
  return [
    ...(hasOwn ? loginFaults(restore, 'restore') : []),
    ...when(
      !restoredCluster(connector).bootstrapServers,
      `${at}.bootstrapServers`,
      'expected the brokers, as the function that restores connects to the cluster itself',
    ),
    ...when(
      !hasOwn && (restore.auth || restore.securityProtocol || restore.vpc),
      'restore.bootstrapServers',
      'expected the brokers that restore.auth, restore.securityProtocol and restore.vpc are for',
    ),
  ]
}

/** Whether a function of a dump records the cluster. */
function isRecorded(connector: Connector): boolean {
  return connector.kind === 'dump' && declaredRecording(connector.declaration) !== undefined
}

/**
 * A broker of a self-managed cluster that Lambda takes: names without underscores, no IPv6. Source: AWS Lambda API,
 * `SelfManagedEventSource`, pattern of `Endpoints`.
 */
const LAMBDA_BROKER = /^([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?\.)*[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?:[0-9]{1,5}$/

/** The end of the ARN of an MSK Serverless cluster. Source: Amazon MSK Developer Guide, "MSK Serverless". */
const SERVERLESS = /-s\d+$/

/** Clusters that Lambda's mappings can't read. */
function readFaults(cluster: Connector['source'], at: string): Fault[] {
  const { msk, bootstrapServers, auth, vpc, securityProtocol } = cluster
  const login = declaredLogins(cluster).length > 0
  const refused = msk ? undefined : bootstrapServers?.find(server => !LAMBDA_BROKER.test(server))
  return [
    ...when(
      refused,
      `${at}.bootstrapServers`,
      `Lambda refuses ${refused}: its mappings take host names of letters, digits and hyphens, or IPv4 addresses`,
    ),
    ...when(
      typeof msk === 'string' && SERVERLESS.test(msk) && !auth?.iam,
      `${at}.auth`,
      'expected iam: true: MSK Serverless has no other login',
    ),
    ...loginFaults(cluster, at),
    ...when(!msk && !bootstrapServers, at, 'expected msk or bootstrapServers, got neither'),
    ...when(msk && auth?.plain, `${at}.auth.plain`, 'MSK has no SASL/PLAIN: expected scram512, mtls or iam'),
    ...when(
      msk && auth?.serverRootCa,
      `${at}.auth.serverRootCa`,
      'expected nothing: a public authority signs MSK’s certificates',
    ),
    ...when(msk && auth?.scram256, `${at}.auth.scram256`, 'MSK has no SCRAM-SHA-256: expected scram512, mtls or iam'),
    ...when(
      !msk && bootstrapServers && !login && !vpc,
      `${at}.auth`,
      'expected a login or a vpc: without a login, Lambda reads brokers only from within a VPC',
    ),
    ...when(
      login && securityProtocol === 'SASL_PLAINTEXT',
      `${at}.securityProtocol`,
      'expected SASL_SSL: Lambda’s mappings log in over TLS only',
    ),
  ]
}

function loginFaults(cluster: Pick<Connector['source'], 'msk' | 'auth'>, at: string): Fault[] {
  const logins = declaredLogins(cluster)
  return [
    ...when(logins.length > 1, `${at}.auth`, `expected one way to log in, got ${logins.join(' and ')}`),
    ...when(
      cluster.auth?.iam && !cluster.msk,
      `${at}.auth.iam`,
      'expected an MSK cluster (msk): other clusters don’t support AWS roles',
    ),
  ]
}
