import { z } from 'zod'
import type { SchemaRegistrySettings } from '../schema-registry/index.ts'
import { section } from './section.ts'
import { httpUrl, pem, variable } from './variable.ts'

const GLUE_REGISTRY = /^arn:aws[a-z-]*:glue:[a-z0-9-]+:\d{12}:registry\/\S+$/

/** The registry with the schemas of values. Without a URL, there is none. */
export const schemaRegistrySection = section({
  title: 'Schema registry',
  prefix: '',
  variables: {
    SCHEMA_REGISTRY_URL: variable(z.union([httpUrl(), z.string().regex(GLUE_REGISTRY)]).optional(), {
      description:
        'Registry with Confluent’s API, or a registry in AWS Glue, which the function accesses with its role.',
      expected:
        'one URL that begins with http:// or https://, without user name, password and query, or the ARN of a Glue schema registry',
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
    SCHEMA_REGISTRY_CA: variable(pem(/-----BEGIN CERTIFICATE-----/).optional(), {
      description: 'PEM of the authority that signed the registry’s certificate. Not set: public authorities.',
      expected: 'a certificate in PEM',
      secret: true,
    }),
  },
  rules: [
    {
      variable: 'SCHEMA_REGISTRY_USERNAME',
      expected: 'a value, as SCHEMA_REGISTRY_PASSWORD is set',
      holds: values => !values.SCHEMA_REGISTRY_PASSWORD || !!values.SCHEMA_REGISTRY_USERNAME,
    },
    {
      variable: 'SCHEMA_REGISTRY_PASSWORD',
      expected: 'a value, as SCHEMA_REGISTRY_USERNAME is set',
      holds: values => !values.SCHEMA_REGISTRY_USERNAME || !!values.SCHEMA_REGISTRY_PASSWORD,
    },
    ...(['SCHEMA_REGISTRY_USERNAME', 'SCHEMA_REGISTRY_CA'] as const).map(name => ({
      variable: name,
      expected: 'nothing, as SCHEMA_REGISTRY_URL is a registry in AWS Glue',
      holds: (values: { SCHEMA_REGISTRY_URL?: string; [name]?: string }) =>
        !values[name] || !values.SCHEMA_REGISTRY_URL?.startsWith('arn:'),
    })),
  ],
  settings: ({
    SCHEMA_REGISTRY_URL: url,
    SCHEMA_REGISTRY_USERNAME: username,
    SCHEMA_REGISTRY_PASSWORD: password,
    SCHEMA_REGISTRY_CA: ca,
  }): SchemaRegistrySettings | undefined => {
    if (url === undefined) return undefined
    if (url.startsWith('arn:')) return { arn: url }
    return { url, credentials: username && password ? { username, password } : undefined, ca }
  },
})
