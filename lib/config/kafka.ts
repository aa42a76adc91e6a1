import * as z from 'zod'
import { isBroker, splitBrokers } from '../kafka/client/broker-list.ts'
import {
  type KafkaSettings,
  mechanismNeeds,
  protocolUses,
  type SaslMechanism,
  type SecurityProtocol,
  saslMechanisms,
  securityProtocols,
} from '../kafka/client/settings.ts'
import { opensKey } from './private-key.ts'
import { type Output, type Rule, section } from './section.ts'
import { pem, variable } from './variable.ts'

/** Other names of variables, without the prefix. */
export interface KafkaAliases {
  BROKERS?: string
}

/** What the rules look at to tell how a client logs in. */
interface LoginValues {
  SECURITY_PROTOCOL?: SecurityProtocol
  SASL_MECHANISM?: SaslMechanism
}

const usesSasl = ({ SECURITY_PROTOCOL: protocol }: LoginValues) => !!protocol && protocolUses[protocol].sasl
const needsUser = (values: LoginValues) =>
  usesSasl(values) && (!values.SASL_MECHANISM || mechanismNeeds[values.SASL_MECHANISM].user)

/** The variables of one cluster, `SOURCE_KAFKA_…` or with another prefix. Without brokers there are no settings. */
export function kafkaSection(title: string, prefix: string, { aliases = {} }: { aliases?: KafkaAliases } = {}) {
  return section({ title, prefix, variables: variablesOf(aliases), rules: rulesOf(prefix), settings: settingsOf })
}

type Values = Output<ReturnType<typeof variablesOf>>

function variablesOf(aliases: KafkaAliases) {
  return {
    BROKERS: variable(brokerList().optional(), {
      description: 'Brokers as host:port, separated by commas.',
      expected: 'host:port, several separated by commas',
      fallback: aliases.BROKERS,
    }),
    SECURITY_PROTOCOL: variable(z.enum(securityProtocols).default('PLAINTEXT'), {
      description: 'How to connect to the brokers, in Kafka’s own terms.',
      expected: `one of ${securityProtocols.join(', ')}`,
    }),
    SASL_MECHANISM: variable(z.enum(saslMechanisms).optional(), {
      description:
        'How to log in, with SASL_PLAINTEXT or SASL_SSL. AWS_MSK_IAM logs in as the function’s role, with SASL_SSL only.',
      expected: `one of ${saslMechanisms.join(', ')}`,
    }),
    USERNAME: variable(z.string().optional(), {
      description: 'User for SASL, except AWS_MSK_IAM.',
      expected: 'a user name',
      besideSecret: true,
    }),
    PASSWORD: variable(z.string().optional(), {
      description: 'Password for SASL, except AWS_MSK_IAM.',
      expected: 'a password',
      secret: true,
    }),
    CA: variable(pem(/-----BEGIN CERTIFICATE-----/).optional(), {
      description: 'PEM of the authority that signed the brokers’ certificates. Not set: public authorities.',
      expected: 'whole certificates in PEM',
      secret: true,
    }),
    CERT: variable(pem(/-----BEGIN CERTIFICATE-----/).optional(), {
      description: 'PEM of the client’s certificate, for mutual TLS.',
      expected: 'whole certificates in PEM',
      secret: true,
    }),
    KEY: variable(pem(/-----BEGIN [A-Z ]*PRIVATE KEY-----/).optional(), {
      description: 'PEM of the client certificate’s private key.',
      expected: 'a whole private key in PEM',
      secret: true,
    }),
    KEY_PASSWORD: variable(z.string().optional(), {
      description: 'Password of that private key, if it is encrypted.',
      expected: 'a password',
      secret: true,
      // Secrets in Lambda's form have `privateKeyPassword` only for an encrypted key.
      optionalField: true,
    }),
  }
}

function rulesOf(prefix: string): Rule<Values>[] {
  const forSasl = `a value, as ${prefix}SECURITY_PROTOCOL uses SASL`
  return [
    {
      variable: 'SASL_MECHANISM',
      expected: forSasl,
      holds: values => !usesSasl(values) || !('SASL_MECHANISM' in values) || !!values.SASL_MECHANISM,
    },
    {
      variable: 'USERNAME',
      expected: forSasl,
      holds: values => !needsUser(values) || !!values.USERNAME,
    },
    {
      variable: 'PASSWORD',
      expected: forSasl,
      holds: values => !needsUser(values) || !!values.PASSWORD,
    },
    {
      variable: 'SECURITY_PROTOCOL',
      expected: `SASL_SSL, as ${prefix}SASL_MECHANISM is AWS_MSK_IAM`,
      holds: ({ SASL_MECHANISM: mechanism, SECURITY_PROTOCOL: protocol }) =>
        !mechanism || !mechanismNeeds[mechanism].tls || !protocol || protocol === 'SASL_SSL',
    },
    {
      variable: 'SECURITY_PROTOCOL',
      expected: `SASL_PLAINTEXT or SASL_SSL, as ${prefix}USERNAME is set`,
      holds: values => !values.USERNAME || !values.SECURITY_PROTOCOL || usesSasl(values),
    },
    {
      variable: 'CERT',
      expected: `a value, as ${prefix}KEY is set`,
      holds: values => !values.KEY || !('CERT' in values) || !!values.CERT,
    },
    {
      variable: 'KEY',
      expected: `a value, as ${prefix}CERT is set`,
      holds: values => !values.CERT || !('KEY' in values) || !!values.KEY,
    },
    {
      variable: 'KEY_PASSWORD',
      expected: `the password of ${prefix}KEY, which is encrypted`,
      holds: values => !('KEY_PASSWORD' in values) || !values.KEY || opensKey(values.KEY, values.KEY_PASSWORD),
    },
  ]
}

function settingsOf(values: Values): KafkaSettings | undefined {
  const { BROKERS, SECURITY_PROTOCOL, SASL_MECHANISM: mechanism, USERNAME: username, PASSWORD: password } = values
  if (!BROKERS) return undefined
  return {
    brokers: BROKERS,
    securityProtocol: SECURITY_PROTOCOL,
    sasl: mechanism && usesSasl(values) ? { mechanism, username, password } : undefined,
    ca: values.CA,
    cert: values.CERT,
    key: values.KEY,
    keyPassword: values.KEY_PASSWORD,
  }
}

/** Brokers as `host:port`, separated by commas. */
export function brokerList() {
  return z
    .string()
    .transform(splitBrokers)
    .pipe(z.array(z.string().refine(isBroker)).min(1))
}
