import { brokerList, kafkaSection } from '../../../lib/config/kafka.ts'
import { readSections } from '../../../lib/config/section.ts'
import { descriptionOf } from '../../../lib/config/variable.ts'
import { kafkajsConfig, platformaticConfig } from '../../../lib/kafka/client/settings.ts'
import { readSettings } from '../../../lib/offline/settings.ts'

const section = kafkaSection('Target cluster', 'TARGET_KAFKA_', { aliases: { BROKERS: 'kafka_address' } })
const read = (environment: Record<string, string>) => readSections({ target: section }, environment).target
const faultsOf = (environment: Record<string, string>) => {
  try {
    read(environment)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}
const iam = {
  TARGET_KAFKA_BROKERS: 'b-1:9098',
  TARGET_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  TARGET_KAFKA_SASL_MECHANISM: 'AWS_MSK_IAM',
}

test('the brokers of the target may come by another name, its own goes first', () => {
  expect(read({ kafka_address: 'ckafka-1:9092' })?.brokers).toEqual(['ckafka-1:9092'])
  expect(read({ kafka_address: 'a:1', TARGET_KAFKA_BROKERS: 'b:2' })?.brokers).toEqual(['b:2'])
  expect(descriptionOf(section.variables.BROKERS).fallback).toBe('kafka_address')
})

test.each([
  ['[::1]:9092', ['[::1]:9092']],
  ['a:1, b:2', ['a:1', 'b:2']],
  ['a:1,', ['a:1']],
  ['', undefined],
  ['a', undefined],
  ['a:0', undefined],
  ['kafka:99999', undefined],
  ['[::1:9092', undefined],
])('brokers %j', (text, brokers) => {
  expect(brokerList().safeParse(text).data).toEqual(brokers)
  const custom = { 'serverless-offline-kafka': { brokers: text } }
  if (text.startsWith('[::1]')) expect(() => readSettings(custom)).toThrow('must not be an IPv6 address')
  else if (brokers) expect(readSettings(custom).brokers).toEqual(brokers)
  else if (text !== '') expect(() => readSettings(custom)).toThrow('host:port')
})

test('without brokers there is no target', () => {
  expect(read({ SOURCE_KAFKA_BROKERS: 'b:2' })).toBeUndefined()
})

test('a user of Tencent’s CKafka, named after the instance', () => {
  const target = read({
    kafka_address: 'ckafka-1:9092',
    TARGET_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    TARGET_KAFKA_SASL_MECHANISM: 'PLAIN',
    TARGET_KAFKA_USERNAME: 'ckafka-1#orders',
    TARGET_KAFKA_PASSWORD: 'secret',
  })
  const login = { username: 'ckafka-1#orders', password: 'secret' }
  expect(target && kafkajsConfig(target)).toMatchObject({ ssl: false, sasl: { mechanism: 'plain', ...login } })
  expect(target && platformaticConfig(target)).toMatchObject({ sasl: { mechanism: 'PLAIN', ...login } })
})

describe('AWS_MSK_IAM', () => {
  test('needs neither user nor password', () => {
    expect(read(iam)).toMatchObject({ securityProtocol: 'SASL_SSL', sasl: { mechanism: 'AWS_MSK_IAM' } })
  })

  test('needs TLS', () => {
    const expected = 'TARGET_KAFKA_SECURITY_PROTOCOL: expected SASL_SSL, as TARGET_KAFKA_SASL_MECHANISM is AWS_MSK_IAM'
    expect(faultsOf({ ...iam, TARGET_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' })).toContain(expected)
    expect(faultsOf({ ...iam, TARGET_KAFKA_SECURITY_PROTOCOL: '' })).toContain(expected)
  })
})

test('every other mechanism needs user and password', () => {
  const faults = faultsOf({ ...iam, TARGET_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' })
  for (const name of ['USERNAME', 'PASSWORD']) {
    expect(faults).toContain(`TARGET_KAFKA_${name}: expected a value, as TARGET_KAFKA_SECURITY_PROTOCOL uses SASL`)
  }
})
