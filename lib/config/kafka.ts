import { z } from 'zod'
import { type KafkaConnection, saslMechanisms, securityProtocols } from '../kafka/connection.ts'
import { section } from './section.ts'
import { pem, variable } from './variable.ts'

/** The variables of one cluster, `SOURCE_KAFKA_…` or another role's. Without brokers there is no connection. */
export function kafkaSection(title: string, prefix: string) {
  const usesSasl = (protocol?: string) => protocol?.startsWith('SASL_') ?? false
  const forSasl = `a value, as ${prefix}SECURITY_PROTOCOL uses SASL`
  return section({
    title,
    prefix,
    variables: {
      BROKERS: variable(brokerList().optional(), {
        description: 'Brokers as host:port, separated by commas.',
        expected: 'host:port, several separated by commas',
      }),
      SECURITY_PROTOCOL: variable(z.enum(securityProtocols).default('PLAINTEXT'), {
        description: 'How to talk to the brokers, in Kafka’s own words.',
        expected: `one of ${securityProtocols.join(', ')}`,
      }),
      SASL_MECHANISM: variable(z.enum(saslMechanisms).optional(), {
        description: 'How to log in, with SASL_PLAINTEXT or SASL_SSL.',
        expected: `one of ${saslMechanisms.join(', ')}`,
      }),
      USERNAME: variable(z.string().optional(), { description: 'User for SASL.', expected: 'a user name' }),
      PASSWORD: variable(z.string().optional(), {
        description: 'Password for SASL.',
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
        holds: values => !usesSasl(values.SECURITY_PROTOCOL) || !!values.USERNAME,
      },
      {
        variable: 'PASSWORD',
        expected: forSasl,
        holds: values => !usesSasl(values.SECURITY_PROTOCOL) || !!values.PASSWORD,
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
    ],
    settings: (values): KafkaConnection | undefined => {
      const { BROKERS, SASL_MECHANISM, USERNAME, PASSWORD } = values
      if (!BROKERS) return undefined
      return {
        brokers: BROKERS,
        securityProtocol: values.SECURITY_PROTOCOL,
        sasl:
          SASL_MECHANISM && USERNAME && PASSWORD
            ? { mechanism: SASL_MECHANISM, username: USERNAME, password: PASSWORD }
            : undefined,
        ca: values.CA,
        cert: values.CERT,
        key: values.KEY,
      }
    },
  })
}

const BROKER = /^([^\s:,/[\]]+|\[[0-9a-fA-F:]+\]):\d{1,5}$/

function brokerList() {
  return z
    .string()
    .transform(value => value.split(',').map(broker => broker.trim()))
    .pipe(z.array(z.string().regex(BROKER)).min(1))
}
