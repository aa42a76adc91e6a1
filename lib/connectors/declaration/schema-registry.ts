import * as z from 'zod'
import { isDefined } from '../../cloudformation/template.ts'
import { secretKey } from './cluster.ts'
import { key, orIntrinsic } from './key.ts'

const formats = ['JSON', 'SOURCE'] as const
const attributes = ['KEY', 'VALUE'] as const

/** The registry that Lambda itself uses to validate and decode records before it invokes the function. */
export const schemaRegistrySchema = z
  .strictObject({
    uri: key(orIntrinsic(z.union([z.url({ protocol: /^https$/ }), z.string().regex(/^arn:aws[a-z-]*:glue:\S+$/)])), {
      description: 'URL of a Confluent-compatible registry, or ARN of one in AWS Glue.',
      expected: 'a URL that begins with https://, or the ARN of a Glue schema registry',
    }),
    format: key(z.enum(formats).default('JSON'), {
      description: 'What the function receives. JSON: the decoded record. SOURCE: its bytes without the schema id.',
      expected: `one of ${formats.join(', ')}`,
      defaultText: '`JSON`',
    }),
    validate: key(z.array(z.enum(attributes)).min(1).max(2).default(['VALUE']), {
      description: 'What is validated against its schema.',
      expected: `a list of ${attributes.join(' and ')}`,
      defaultText: '`[VALUE]`',
    }),
    basic: secretKey('`username` and `password`'),
    mtls: secretKey('`certificate`, `privateKey` and, if it has one, `privateKeyPassword`'),
    serverRootCa: secretKey('`certificate` of the authority that signed the registry’s certificate'),
  })
  .optional()

export type SchemaRegistry = NonNullable<z.output<typeof schemaRegistrySchema>>

/** The registry as a mapping declares it. */
export function registryProperties({ uri, format, validate, ...registry }: SchemaRegistry) {
  const access = {
    BASIC_AUTH: registry.basic,
    CLIENT_CERTIFICATE_TLS_AUTH: registry.mtls,
    SERVER_ROOT_CA_CERTIFICATE: registry.serverRootCa,
  }
  const configs = Object.entries(access).flatMap(([Type, URI]) => (URI === undefined ? [] : [{ Type, URI }]))
  return {
    SchemaRegistryURI: uri,
    EventRecordFormat: format,
    SchemaValidationConfigs: validate.map(Attribute => ({ Attribute })),
    AccessConfigs: configs.length > 0 ? configs : undefined,
  }
}

/** The secrets needed to log in to the registry. */
export function registrySecrets({ basic, mtls, serverRootCa }: SchemaRegistry) {
  return [basic, mtls, serverRootCa].filter(isDefined)
}
