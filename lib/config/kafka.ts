import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { type KafkaSettings, saslMechanisms, securityProtocols } from '../kafka/client/settings.ts'
import { section } from './section.ts'
import { pem, variable } from './variable.ts'

/** Other names of variables, as they are: without a prefix. */
export interface KafkaAliases {
  BROKERS?: string
}

/** The variables of one cluster, `SOURCE_KAFKA_…` or another role's. Without brokers there is no connection. */
export function kafkaSection(title: string, prefix: string, { aliases = {} }: { aliases?: KafkaAliases } = {}) {
  const usesSasl = (protocol?: string) => protocol?.startsWith('SASL_') ?? false
  const needsUser = ({ SECURITY_PROTOCOL, SASL_MECHANISM }: { SECURITY_PROTOCOL?: string; SASL_MECHANISM?: string }) =>
    usesSasl(SECURITY_PROTOCOL) && SASL_MECHANISM !== 'AWS_MSK_IAM'
  const forSasl = `a value, as ${prefix}SECURITY_PROTOCOL uses SASL`
  return section({
    title,
    prefix,
    variables: {
      BROKERS: variable(brokerList().optional(), {
        description: 'Brokers as host:port, separated by commas.',
        expected: 'host:port, several separated by commas',
        fallback: aliases.BROKERS,
      }),
      SECURITY_PROTOCOL: variable(z.enum(securityProtocols).default('PLAINTEXT'), {
        description: 'How to talk to the brokers, in Kafka’s own words.',
        expected: `one of ${securityProtocols.join(', ')}`,
      }),
      SASL_MECHANISM: variable(z.enum(saslMechanisms).optional(), {
        description:
          'How to log in, with SASL_PLAINTEXT or SASL_SSL. AWS_MSK_IAM: as the function’s role, over SASL_SSL.',
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
        description: 'PEM of the authority that signed the brokers’ certificates. Not set: the public ones.',
        expected: 'a certificate in PEM',
        secret: true,
      }),
      CERT: variable(pem(/-----BEGIN CERTIFICATE-----/).optional(), {
        description: 'PEM of the client’s certificate, for mutual TLS.',
        expected: 'a certificate in PEM',
        secret: true,
      }),
      KEY: variable(pem(/-----BEGIN [A-Z ]*PRIVATE KEY-----/).optional(), {
        description: 'PEM of the client certificate’s private key.',
        expected: 'a private key in PEM',
        secret: true,
      }),
      KEY_PASSWORD: variable(z.string().optional(), {
        description: 'Password of that private key, where it is encrypted.',
        expected: 'a password',
        secret: true,
        // Lambda's secrets for mutual TLS have `privateKeyPassword` only for such a key.
        optionalField: true,
      }),
    },
    rules: [
      {
        variable: 'SASL_MECHANISM',
        expected: forSasl,
        holds: values =>
          !usesSasl(values.SECURITY_PROTOCOL) || !('SASL_MECHANISM' in values) || !!values.SASL_MECHANISM,
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
        holds: ({ SASL_MECHANISM, SECURITY_PROTOCOL }) =>
          SASL_MECHANISM !== 'AWS_MSK_IAM' || !SECURITY_PROTOCOL || SECURITY_PROTOCOL === 'SASL_SSL',
      },
      {
        variable: 'SECURITY_PROTOCOL',
        expected: `SASL_PLAINTEXT or SASL_SSL, as ${prefix}USERNAME is set`,
        holds: values => !values.USERNAME || !values.SECURITY_PROTOCOL || usesSasl(values.SECURITY_PROTOCOL),
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
        holds: values => !('KEY_PASSWORD' in values) || !values.KEY || opens(values.KEY, values.KEY_PASSWORD),
      },
    ],
    settings: (values): KafkaSettings | undefined => {
      const { BROKERS, SECURITY_PROTOCOL, SASL_MECHANISM: mechanism, USERNAME: username, PASSWORD: password } = values
      if (!BROKERS) return undefined
      return {
        brokers: BROKERS,
        securityProtocol: SECURITY_PROTOCOL,
        sasl: mechanism && usesSasl(SECURITY_PROTOCOL) ? { mechanism, username, password } : undefined,
        ca: values.CA,
        cert: values.CERT,
        key: values.KEY,
        keyPassword: values.KEY_PASSWORD,
      }
    },
  })
}

/** Whether an encrypted private key opens with the password. What is wrong with others TLS will tell. */
function opens(key: string, passphrase: string | undefined): boolean {
  if (!key.includes('ENCRYPTED')) return true
  try {
    createPrivateKey({ key, passphrase })
    return true
  } catch {
    return false
  }
}

const BROKER = /^([^\s:,/[\]]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/

/** Brokers as `host:port`, separated by commas. */
export function brokerList() {
  return z
    .string()
    .transform(value => value.split(',').map(broker => broker.trim()))
    .pipe(z.array(z.string().regex(BROKER)).min(1))
}
