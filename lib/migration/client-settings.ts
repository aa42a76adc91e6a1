import { loginKeys } from '../connectors/declaration/cluster.ts'
import type { SaslMechanism } from '../kafka/client/settings.ts'
import { already, depends, keyFate, listed, unneeded, worker } from './outcomes.ts'
import { type Fate, fromEnvironment, type Given, type Settings, variableName } from './setting.ts'

/** Where a cluster is declared: what is read, or what is written. */
type Place = 'source' | 'to'

/** Brokers of Amazon MSK. Source: Amazon MSK Developer Guide, "Get the bootstrap brokers using the Amazon MSK API". */
const MSK_BROKER = /\.kafka(-serverless)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?:\d+/

const LOGIN_SECRET = 'LOGIN_SECRET_ARN'

/** What a client's settings say about its login. */
function loginOf(given: Given): { protocol: string; key?: string; isMutualTls: boolean } {
  const protocol = (given.get('security.protocol') ?? 'PLAINTEXT').toUpperCase()
  const mechanism = (given.get('sasl.mechanism') ?? 'GSSAPI').toUpperCase()
  const isMutualTls = protocol === 'SSL' && (given.has('ssl.keystore.location') || given.has('ssl.keystore.key'))
  if (isMutualTls) return { protocol, key: 'mtls', isMutualTls }
  return { protocol, key: protocol.startsWith('SASL') ? loginKeys[mechanism as SaslMechanism] : undefined, isMutualTls }
}

const isMsk = (given: Given) => loginOf(given).key === 'iam' || MSK_BROKER.test(given.get('bootstrap.servers') ?? '')

/**
 * The settings of a Kafka client by which it finds and enters a cluster, without a prefix such as `consumer.override.`.
 * Source: Apache Kafka, "Consumer Configs", and `org.apache.kafka.common.config.SaslConfigs` and `SslConfigs`.
 *
 * @param at where the cluster is declared
 */
export function clientSettings(at: Place): Settings {
  return {
    'bootstrap.servers': depends([`${at}.bootstrapServers`], 'with MSK also the cluster’s ARN', (value, given) =>
      brokersFate(at, listed(value), given),
    ),
    'security.protocol': depends(
      [`${at}.securityProtocol`],
      protocolText(at),
      (value, given) => protocolFate(at, value.toUpperCase(), given),
      { default: 'PLAINTEXT', range: 'PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL' },
    ),
    'sasl.mechanism': depends(
      [`${at}.auth`],
      'PLAIN is `plain`, SCRAM-SHA-256 `scram256`, SCRAM-SHA-512 `scram512`, AWS_MSK_IAM `iam`; each but the last with the ' +
        'ARN of a secret. Kerberos and OAUTHBEARER have no counterpart: use a listener with SCRAM or mutual TLS',
      (value, given) => mechanismFate(at, value, given),
      { default: 'GSSAPI' },
    ),
    'sasl.jaas.config': secretFate(at, 'the fields `username` and `password`'),
    'ssl.keystore.*': secretFate(at, 'the fields `certificate` and `privateKey` in PEM'),
    'ssl.key.password': secretFate(at, 'the field `privateKeyPassword`'),
    'ssl.truststore.*': depends(
      [`${at}.auth.serverRootCa`],
      'only for a private authority: its certificate in PEM is the field `certificate` of a secret',
      (_, given) => truststoreFate(at, given),
    ),
    'ssl.endpoint.identification.algorithm': already('the name in a broker’s certificate is always checked', {
      default: 'https',
      values: ['https'],
      otherwise: 'brokers need certificates with their names: the check can’t be turned off',
    }),
    'ssl.*': unneeded('Node.js and Lambda choose the rest of TLS'),
    'sasl.client.callback.handler.class': unneeded('`auth` says how to log in'),
    'sasl.login.*': unneeded('logins are renewed when they are refused'),
    'sasl.kerberos.*': unneeded('without Kerberos'),
    'sasl.oauthbearer.*': unneeded('without OAUTHBEARER'),
    'client.id': unneeded('Lambda and the functions name themselves'),
    'client.rack': worker('Lambda chooses the replica that it reads'),
  }
}

function protocolText(at: Place): string {
  return at === 'to'
    ? 'only where `auth` doesn’t say it'
    : 'only where `auth` doesn’t say it. Lambda logs in over TLS only, and without a login it reads from within a VPC (`source.vpc`)'
}

function brokersFate(at: Place, servers: string[], given: Given): Fate {
  const fate = keyFate(`${at}.bootstrapServers`, servers, given)
  if (fate.group === 'person' || !isMsk(given)) return fate
  const variable = given.variable('CLUSTER_ARN')
  return {
    group: 'person',
    keys: { ...fate.keys, [`${at}.msk`]: fromEnvironment(variable) },
    said: 'these are brokers of Amazon MSK, which is declared by the cluster’s ARN: `aws kafka list-clusters-v2` has it',
    variables: { [variable]: 'the ARN of the MSK cluster' },
  }
}

function protocolFate(at: Place, protocol: string, given: Given): Fate {
  const { isMutualTls } = loginOf(given)
  if (protocol === 'SASL_SSL') return { group: 'already', said: 'a login is over TLS' }
  if (isMutualTls) return mutualTlsFate(at, given)
  if (protocol === 'SASL_PLAINTEXT' && at === 'source') {
    return { group: 'person', said: 'Lambda logs in over TLS only: name a listener with SASL_SSL' }
  }
  const keys = protocol === 'PLAINTEXT' ? {} : keyFate(`${at}.securityProtocol`, protocol, given).keys
  if (at === 'to' || isMsk(given)) {
    return protocol === 'PLAINTEXT'
      ? { group: 'already', said: 'the function connects without TLS and login where nothing else is declared' }
      : { group: 'taken', keys }
  }
  return { ...vpcFate(given), keys: { ...keys, ...vpcFate(given).keys } }
}

/** Without a login, Lambda reads brokers only from within a VPC. */
function vpcFate(given: Given): Fate {
  const [subnet, group] = [given.variable('SUBNET'), given.variable('SECURITY_GROUP')]
  return {
    group: 'person',
    keys: { 'source.vpc': { subnets: [fromEnvironment(subnet)], securityGroups: [fromEnvironment(group)] } },
    said: 'without a login, Lambda reads brokers only from within a VPC',
    variables: { [subnet]: 'a subnet that reaches the brokers', [group]: 'a security group that they admit' },
  }
}

function mutualTlsFate(at: Place, given: Given): Fate {
  const variable = given.variable(LOGIN_SECRET)
  return {
    group: 'taken',
    keys: { [`${at}.auth.mtls`]: fromEnvironment(variable) },
    variables: { [variable]: 'the ARN of the secret with `certificate` and `privateKey` in PEM' },
  }
}

function mechanismFate(at: Place, mechanism: string, given: Given): Fate {
  const { protocol, key } = loginOf(given)
  if (!protocol.startsWith('SASL')) return { group: 'unneeded', said: `not used with ${protocol}` }
  if (key === 'iam') return { group: 'taken', keys: { [`${at}.auth.iam`]: true } }
  const variable = given.variable(LOGIN_SECRET)
  const variables = { [variable]: 'the ARN of the secret with `username` and `password`' }
  const keys = { [`${at}.auth.${key ?? 'scram512'}`]: fromEnvironment(variable) }
  if (key) return { group: 'taken', keys, variables }
  return {
    group: 'person',
    keys,
    variables,
    said: `${mechanism} is not supported: use a listener with SCRAM or mutual TLS`,
  }
}

/** What belongs into the secret that the login names. */
function secretFate(at: Place, what: string) {
  const setting = depends([`${at}.auth`], `${what} of the secret that the login names`, (_, given) => {
    const { key } = loginOf(given)
    if (key === 'iam') return { group: 'unneeded', said: 'the function’s role logs in' }
    return {
      group: 'person',
      said: `it belongs into the secret that \`${at}.auth.${key ?? 'scram512'}\` names: ${what}`,
    }
  })
  return { ...setting, secret: true }
}

function truststoreFate(at: Place, given: Given): Fate {
  if (isMsk(given)) return { group: 'unneeded', said: 'a public authority signs MSK’s certificates' }
  const variable = given.variable('CA_SECRET_ARN')
  return {
    group: 'person',
    keys: { [`${at}.auth.serverRootCa`]: fromEnvironment(variable) },
    said: 'put the authority’s certificate in PEM into a secret. If a public one has signed, remove the key',
    variables: { [variable]: 'the ARN of the secret with `certificate`' },
  }
}

/** The same settings under names with a prefix. */
export function prefixed(prefix: string, settings: Settings): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([name, setting]) => [
      prefix + name,
      {
        ...setting,
        fate: (value: string, given: Given, name: string) => setting.fate(value, within(prefix, given), name),
      },
    ]),
  )
}

/** What is given under names with the prefix, by their names without it. */
function within(prefix: string, given: Given): Given {
  const alias = given.get(`${prefix}alias`)
  return {
    ...given,
    get: name => given.get(prefix + name),
    has: name => given.has(prefix + name),
    // Two clusters of one connector have a login each.
    variable: name => (alias === undefined ? given.variable(name) : `${variableName(alias)}_${name}`),
  }
}
