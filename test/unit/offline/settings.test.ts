import type { EventSourceMapping } from '../../../lib/offline/mapping/event-source-mapping.ts'
import { connectionsOf, readSettings, SETTINGS_NAME } from '../../../lib/offline/settings.ts'

const read = (settings: unknown) => readSettings({ [SETTINGS_NAME]: settings })
const pem = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'
const scram = { securityProtocol: 'SASL_SSL', saslMechanism: 'SCRAM-SHA-512', username: 'bob', password: 'bob-secret' }

test.each([undefined, {}])('no section at all', custom => {
  expect(readSettings(custom)).toEqual({
    enabled: true,
    brokers: undefined,
    secrets: false,
    connection: { securityProtocol: 'PLAINTEXT' },
    partialResponses: 'from-lowest',
  })
})

test('only the listed records can be what comes again', () => {
  expect(read({ partialResponses: 'listed' }).partialResponses).toBe('listed')
  expect(() => read({ partialResponses: 'lowest' })).toThrow('partialResponses')
})

test('brokers are a list or a text', () => {
  expect(read({ brokers: ['a:1', 'b:2'] }).brokers).toEqual(['a:1', 'b:2'])
  expect(read({ brokers: 'a:1, b:2' }).brokers).toEqual(['a:1', 'b:2'])
})

test('an empty text is not given', () => {
  const names = ['enabled', 'brokers', 'securityProtocol', 'saslMechanism', 'username', 'password', 'ca', 'cert', 'key']
  expect(read(Object.fromEntries(names.map(name => [name, ''])))).toEqual(read({}))
})

test.each([false, 'false'])('mappings can be switched off with %j', enabled => {
  expect(read({ enabled }).enabled).toBe(false)
  expect(read({ enabled: true }).enabled).toBe(true)
})

test('SASL over TLS', () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'bob-secret' }
  expect(read({ ...scram, ca: pem }).connection).toEqual({ securityProtocol: 'SASL_SSL', sasl, ca: pem })
})

test('mutual TLS', () => {
  expect(read({ securityProtocol: 'SSL', cert: pem, key: pem }).connection).toMatchObject({
    securityProtocol: 'SSL',
    cert: pem,
    key: pem,
  })
})

test('one error names all wrong settings, and no value', () => {
  const wrong = { broker: 'a:1', brokers: 'nowhere', securityProtocol: 'TLS', password: 5, ca: 'ca-secret' }
  const messages = () => {
    try {
      read(wrong)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  for (const name of ['broker', 'brokers', 'securityProtocol', 'password', 'ca'])
    expect(messages()).toMatch(new RegExp(`^ {2}${name}\\b.*: `, 'm'))
  expect(messages()).not.toMatch(/nowhere|ca-secret/)
})

test.each([
  ['username', { ...scram, username: '' }],
  ['saslMechanism', { ...scram, saslMechanism: undefined }],
  ['password', { securityProtocol: 'SSL', password: 'x' }],
  ['ca', { ca: pem }],
  ['key', { securityProtocol: 'SSL', cert: pem }],
])('%s belongs together with others', (name, settings) => {
  expect(() => read(settings)).toThrow(`  ${name}: `)
})

describe('the cluster of a mapping', () => {
  const selfManaged = { functionKey: 'f', topic: 't', bootstrapServers: ['own:9092'] } as EventSourceMapping
  const msk = { ...selfManaged, bootstrapServers: [] }

  test('brokers of the settings come first', () => {
    expect(connectionsOf(read({ brokers: 'local:9092' }), selfManaged).connection.brokers).toEqual(['local:9092'])
    expect(connectionsOf(read({ brokers: 'local:9092' }), msk).connection.brokers).toEqual(['local:9092'])
  })

  test('a function may have another one, with a login of its own', () => {
    const settings = read({ brokers: 'local:9092', functions: { f: { ...scram, brokers: 'second:9092' } } })
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'bob-secret' }
    expect(connectionsOf(settings, msk).connection).toEqual({
      brokers: ['second:9092'],
      securityProtocol: 'SASL_SSL',
      sasl,
    })
    expect(connectionsOf(settings, { ...msk, functionKey: 'g' }).connection.brokers).toEqual(['local:9092'])
    expect(() => read({ functions: { f: { broker: 'second:9092' } } })).toThrow(
      /^ {2}broker: is not a setting of this plugin/m,
    )
  })

  test('a self-managed mapping has servers of its own, MSK has none', () => {
    expect(connectionsOf(read({}), selfManaged).connection.brokers).toEqual(['own:9092'])
    expect(() => connectionsOf(read({}), msk)).toThrow('custom.serverless-offline-kafka.brokers')
  })
})

test('with secrets, nothing of the login is set but an authority', () => {
  const settings = read({ secrets: 'true', ca: pem, brokers: 'local:9092' })
  expect(settings).toMatchObject({ secrets: true, connection: { ca: pem } })
  expect(() => read({ ...scram, secrets: true })).toThrow(
    /securityProtocol: must not be set with secrets[\s\S]*password: /,
  )
})

describe('the schema registry of a mapping', () => {
  const registry = { format: 'JSON', validates: ['value'], access: [] } as const
  const mapping = (uri?: string) =>
    ({
      functionKey: 'f',
      topic: 't',
      bootstrapServers: ['own:9092'],
      schemaRegistry: { ...registry, uri },
    }) as unknown as EventSourceMapping

  test('is its own, or that of the settings', () => {
    const arn = 'arn:aws:glue:eu-central-1:123456789012:registry/orders'
    expect(connectionsOf(read({}), mapping('https://registry:8081')).registry).toEqual({
      urls: ['https://registry:8081'],
    })
    expect(connectionsOf(read({}), mapping(arn)).registry).toEqual({ arn })
    const local = read({ schemaRegistry: { url: 'http://127.0.0.1:8081', username: 'u', password: 'p' } })
    const expected = { urls: ['http://127.0.0.1:8081'], credentials: { username: 'u', password: 'p' }, tls: {} }
    expect(connectionsOf(local, mapping(arn)).registry).toEqual(expected)
  })

  test('has to be set if only CloudFormation knows it', () => {
    expect(() => connectionsOf(read({}), mapping())).toThrow('custom.serverless-offline-kafka.schemaRegistry.url')
    expect(() => read({ schemaRegistry: { url: 'registry:8081' } })).toThrow('schemaRegistry.url: must be a URL')
    expect(() => read({ schemaRegistry: { url: 'http://r', username: 'u' } })).toThrow('needs username and password')
  })
})
