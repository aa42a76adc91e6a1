import type { EventSourceMapping } from '../../../lib/offline/mapping/event-source-mapping.ts'
import { connectionOf, readSettings, SETTINGS_NAME } from '../../../lib/offline/settings.ts'

const read = (settings: unknown) => readSettings({ [SETTINGS_NAME]: settings })
const pem = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'
const scram = { securityProtocol: 'SASL_SSL', saslMechanism: 'SCRAM-SHA-512', username: 'bob', password: 'bob-secret' }

test.each([undefined, {}])('no section at all', custom => {
  expect(readSettings(custom)).toEqual({
    enabled: true,
    brokers: undefined,
    connection: { securityProtocol: 'PLAINTEXT' },
  })
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
    expect(connectionOf(read({ brokers: 'local:9092' }), selfManaged).brokers).toEqual(['local:9092'])
    expect(connectionOf(read({ brokers: 'local:9092' }), msk).brokers).toEqual(['local:9092'])
  })

  test('a function may have another one, with a login of its own', () => {
    const settings = read({ brokers: 'local:9092', functions: { f: { ...scram, brokers: 'second:9092' } } })
    const sasl = { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'bob-secret' }
    expect(connectionOf(settings, msk)).toEqual({ brokers: ['second:9092'], securityProtocol: 'SASL_SSL', sasl })
    expect(connectionOf(settings, { ...msk, functionKey: 'g' }).brokers).toEqual(['local:9092'])
    expect(() => read({ functions: { f: { broker: 'second:9092' } } })).toThrow(
      /^ {2}broker: is not a setting of this plugin/m,
    )
  })

  test('a self-managed mapping has servers of its own, MSK has none', () => {
    expect(connectionOf(read({}), selfManaged).brokers).toEqual(['own:9092'])
    expect(() => connectionOf(read({}), msk)).toThrow('custom.serverless-offline-kafka.brokers')
  })
})
