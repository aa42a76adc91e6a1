import { already, depends, keyFate, none, unneeded } from './outcomes.ts'
import { type Fate, fromEnvironment, type Given, type Settings } from './setting.ts'

/** The format of values by the converter’s class, without its package. */
const valueFormats: Record<string, string> = {
  AvroConverter: 'avro',
  AWSKafkaAvroConverter: 'avro',
  ProtobufConverter: 'protobuf',
  JsonSchemaConverter: 'json-schema',
  JsonConverter: 'json',
  StringConverter: 'auto',
  ByteArrayConverter: 'auto',
}

const CONVERTER = 'value.converter'
const REGISTRY = `${CONVERTER}.schema.registry.url`

const classOf = (value: string) => value.split(/[.$]/).at(-1) ?? ''

/** How connectors read keys, values and headers. */
export const converterSettings: Settings = {
  [CONVERTER]: depends(
    ['to.valueFormat'],
    'Avro, Protobuf and JSON Schema are `avro`, `protobuf` and `json-schema`; `JsonConverter` is `json`; strings and bytes are `auto`',
    converterFate,
  ),
  'value.converter.schemas.enable': depends(
    [],
    'false. With true, a value is schema and payload, and both are stored',
    schemasFate,
    {
      default: 'true',
    },
  ),
  [REGISTRY]: depends(['to.schemaRegistryUrl'], '', registryFate),
  'value.converter.basic.auth.credentials.source': already('user and password are keys of their own', {
    default: 'URL',
    values: ['URL', 'USER_INFO'],
    otherwise: 'the registry’s user and password are `to.schemaRegistryUsername` and `to.schemaRegistryPassword`',
  }),
  'value.converter.basic.auth.user.info': registryLogin(),
  'value.converter.schema.registry.basic.auth.user.info': registryLogin(),
  'value.converter.auto.register.schemas': unneeded('a sink registers nothing'),
  'value.converter.use.latest.version': none('a value is decoded with the schema that its id names', {
    default: 'false',
  }),
  'value.converter.enhanced.avro.schema.support': unneeded('Avro is decoded to JSON'),
  'value.converter.schemas.cache.*': unneeded('schemas are cached'),
  'value.converter.*': none('settings of the converter: values are decoded as `to.valueFormat` says'),
  'value.converter.plugin.version': unneeded('values are decoded by the package itself'),
  'key.converter': unneeded('keys are stored with their bytes; text as text'),
  'key.converter.*': unneeded('keys are stored with their bytes'),
  'header.converter': unneeded('headers are stored with their bytes'),
  'header.converter.*': unneeded('headers are stored with their bytes'),
}

function converterFate(value: string, given: Given): Fate {
  const format = valueFormats[classOf(value)]
  if (!format) return { group: 'person', said: 'not a converter that is known here: choose a `to.valueFormat`' }
  if (given.get('format.class')?.endsWith('.ByteArrayFormat'))
    return { group: 'unneeded', said: 'values are stored as they are' }
  const fate = keyFate('to.valueFormat', format, given)
  if (classOf(value) === 'AWSKafkaAvroConverter') {
    const variable = given.variable('GLUE_REGISTRY_ARN')
    const variables = { [variable]: 'the ARN of the Glue schema registry' }
    return {
      ...fate,
      group: 'person',
      said: 'the registry is named by its ARN',
      variables,
      keys: { ...fate.keys, 'to.schemaRegistryUrl': fromEnvironment(variable) },
    }
  }
  return fate
}

function schemasFate(value: string, given: Given): Fate {
  const isJson = classOf(given.get(CONVERTER) ?? '') === 'JsonConverter'
  if (!isJson || value.toLowerCase() === 'false') return { group: 'unneeded', said: 'values have no schema with them' }
  return { group: 'person', said: 'the objects have schema and payload of each value: read `value.payload`' }
}

/** Several servers are separated by commas. A user in the URL would be a secret in it. */
function registryFate(value: string, given: Given): Fate {
  const urls = value.split(',').map(url => url.trim())
  const bare = urls.map(url => url.replace(/\/\/[^/@]*@/, '//'))
  const fate = keyFate('to.schemaRegistryUrl', bare.join(','), given)
  if (fate.group === 'person' || bare.join() === urls.join()) return fate
  return { ...loginFate(given), keys: { ...fate.keys, ...loginFate(given).keys } }
}

function registryLogin() {
  const keys = ['to.schemaRegistryUsername', 'to.schemaRegistryPassword']
  return { ...depends(keys, 'each as a reference to a secret', (_, given) => loginFate(given)), secret: true }
}

function loginFate(given: Given): Fate {
  const variable = given.variable('REGISTRY_SECRET_ARN')
  const field = (name: string) => ({ secret: `${fromEnvironment(variable)}#${name}` })
  return {
    group: 'person',
    keys: { 'to.schemaRegistryUsername': field('username'), 'to.schemaRegistryPassword': field('password') },
    said: 'put user and password into a secret, as `username` and `password`',
    variables: { [variable]: 'the ARN of the secret with `username` and `password`' },
  }
}
