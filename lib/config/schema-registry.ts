import * as z from 'zod'
import type { SchemaRegistrySettings } from '../schema-registry/index.ts'
import { opensKey } from './private-key.ts'
import { type Output, type Rule, section } from './section.ts'
import { httpUrl, pem, variable } from './variable.ts'

const GLUE_REGISTRY = /^arn:aws[a-z-]*:glue:[a-z0-9-]+:\d{12}:registry\/[^\s,]+$/
const CERTIFICATE = /-----BEGIN CERTIFICATE-----/

/** Servers of one registry, separated by commas. */
const serverUrls = () =>
  z
    .string()
    .transform(text => text.split(',').map(url => url.trim()))
    .pipe(z.array(httpUrl()).min(1))

const glueArn = () => z.string().regex(GLUE_REGISTRY)

const variables = {
  SCHEMA_REGISTRY_URL: variable(z.union([serverUrls(), glueArn()]).optional(), {
    description:
      'Registry with Confluent’s API, or a registry in AWS Glue, which the function accesses with its role. Several URLs are ' +
      'servers of one registry: when one can’t be reached, or has an error, the next one is asked.',
    expected:
      'URLs that begin with http:// or https://, without user name, password and query, several separated by commas, or the ' +
      'ARN of a Glue schema registry',
  }),
  SCHEMA_REGISTRY_USERNAME: variable(z.string().optional(), {
    description: 'User name or API key.',
    expected: 'a user name',
    besideSecret: true,
  }),
  SCHEMA_REGISTRY_PASSWORD: variable(z.string().optional(), {
    description: 'Password or the API key’s secret.',
    expected: 'a password',
    secret: true,
  }),
  SCHEMA_REGISTRY_TOKEN: variable(
    z
      .string()
      .regex(/^[\w.~+/-]+=*$/)
      .optional(),
    {
      description: 'Bearer token, in place of a user name and password.',
      expected: 'a bearer token',
      secret: true,
    },
  ),
  SCHEMA_REGISTRY_CA: variable(pem(CERTIFICATE).optional(), {
    description: 'PEM of the authority that signed the registry’s certificate. Not set: public authorities.',
    expected: 'whole certificates in PEM',
    secret: true,
  }),
  SCHEMA_REGISTRY_CERT: variable(pem(CERTIFICATE).optional(), {
    description: 'PEM of the client’s certificate, for mutual TLS.',
    expected: 'whole certificates in PEM',
    secret: true,
  }),
  SCHEMA_REGISTRY_KEY: variable(pem(/-----BEGIN [A-Z ]*PRIVATE KEY-----/).optional(), {
    description: 'PEM of the client certificate’s private key.',
    expected: 'a whole private key in PEM',
    secret: true,
  }),
  SCHEMA_REGISTRY_KEY_PASSWORD: variable(z.string().optional(), {
    description: 'Password of that private key, if it is encrypted.',
    expected: 'a password',
    secret: true,
    optionalField: true,
  }),
}

type Values = Output<typeof variables>

/** Variables without a meaning for AWS Glue. */
const forConfluent = [
  'SCHEMA_REGISTRY_USERNAME',
  'SCHEMA_REGISTRY_TOKEN',
  'SCHEMA_REGISTRY_CA',
  'SCHEMA_REGISTRY_CERT',
] as const

const rules: Rule<Values>[] = [
  ...together('SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_PASSWORD'),
  ...together('SCHEMA_REGISTRY_CERT', 'SCHEMA_REGISTRY_KEY'),
  {
    variable: 'SCHEMA_REGISTRY_TOKEN',
    expected: 'nothing, as SCHEMA_REGISTRY_USERNAME is set',
    holds: values => !values.SCHEMA_REGISTRY_TOKEN || !values.SCHEMA_REGISTRY_USERNAME,
  },
  {
    variable: 'SCHEMA_REGISTRY_KEY_PASSWORD',
    expected: 'the password of SCHEMA_REGISTRY_KEY, which is encrypted',
    holds: ({ SCHEMA_REGISTRY_KEY: key, ...values }) =>
      !('SCHEMA_REGISTRY_KEY_PASSWORD' in values) || !key || opensKey(key, values.SCHEMA_REGISTRY_KEY_PASSWORD),
  },
  ...forConfluent.map(
    (name): Rule<Values> => ({
      variable: name,
      expected: 'nothing, as SCHEMA_REGISTRY_URL is a registry in AWS Glue',
      holds: values => !values[name] || typeof values.SCHEMA_REGISTRY_URL !== 'string',
    }),
  ),
]

/** Each of two variables needs the other. */
function together(one: keyof Values, other: keyof Values): Rule<Values>[] {
  const rule = (missing: keyof Values, given: keyof Values): Rule<Values> => ({
    variable: missing,
    expected: `a value, as ${given} is set`,
    holds: values => !values[given] || !!values[missing],
  })
  return [rule(one, other), rule(other, one)]
}

/** The registry with the schemas of values. Without a URL, there is none. */
export const schemaRegistrySection = section({
  title: 'Schema registry',
  prefix: '',
  variables,
  rules,
  settings: (values): SchemaRegistrySettings | undefined => {
    const { SCHEMA_REGISTRY_URL: location } = values
    if (location === undefined) return undefined
    if (typeof location === 'string') return { arn: location }
    const tls = {
      ca: values.SCHEMA_REGISTRY_CA,
      cert: values.SCHEMA_REGISTRY_CERT,
      key: values.SCHEMA_REGISTRY_KEY,
      passphrase: values.SCHEMA_REGISTRY_KEY_PASSWORD,
    }
    return { urls: location, credentials: credentialsOf(values), tls }
  },
})

function credentialsOf(values: Values) {
  const {
    SCHEMA_REGISTRY_USERNAME: username,
    SCHEMA_REGISTRY_PASSWORD: password,
    SCHEMA_REGISTRY_TOKEN: token,
  } = values
  if (token) return { token }
  return username && password ? { username, password } : undefined
}
