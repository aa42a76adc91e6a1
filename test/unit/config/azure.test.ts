import { generateKeyPairSync } from 'node:crypto'
import { readAzureSettings } from '../../../lib/config/azure.ts'
import { createCertificates } from '../../../local/certificates.ts'

const { authority, client } = await createCertificates()
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (type: 'pkcs1' | 'pkcs8', login = {}) => privateKey.export({ type, format: 'pem', ...login }).toString()

const trigger = {
  KAFKA_TOPIC: 'orders',
  SOURCE_KAFKA_BROKERS: 'a:9093',
  SOURCE_KAFKA_SECURITY_PROTOCOL: 'SSL',
  SOURCE_KAFKA_CA: authority.cert,
  SOURCE_KAFKA_CERT: client.cert,
  SOURCE_KAFKA_KEY: client.key,
}

test('one certificate each and a key of PKCS #8, with line breaks or with \\n', () => {
  expect(readAzureSettings(trigger).source).toMatchObject({ securityProtocol: 'SSL', key: client.key })
  const oneLine = (text: string) => text.replaceAll('\n', '\\n')
  const written = Object.entries(trigger).map(([name, text]) => [name, oneLine(text)])
  expect(readAzureSettings(Object.fromEntries(written)).source).toMatchObject({ key: client.key })
})

// azure-functions-kafka-extension, ExtractSection: the trigger drops what it doesn't find, and fails to connect without a
// word about it, while the function itself connects with the same settings.
test.each([
  ['KEY', 'a key of PKCS #1', pem('pkcs1')],
  ['KEY', 'an encrypted key', pem('pkcs8', { cipher: 'aes-256-cbc', passphrase: 'secret' })],
  ['KEY_PASSWORD', 'a password', 'secret'],
  ['CA', 'two authorities', `${authority.cert}\n${client.cert}`],
  ['CERT', 'a chain', `${client.cert}\n${authority.cert}`],
  ['CA', 'a certificate in one line', authority.cert.replaceAll('\n', ' ')],
])('SOURCE_KAFKA_%s: %s is refused at the start', (name, _, text) => {
  const read = () =>
    readAzureSettings({
      ...trigger,
      SOURCE_KAFKA_KEY_PASSWORD: name === 'KEY' ? 'secret' : '',
      [`SOURCE_KAFKA_${name}`]: text,
    })
  expect(read).toThrow(new RegExp(`SOURCE_KAFKA_${name}: expected .*Azure’s trigger`))
})

test('a topic for failed records that the trigger reads is refused', () => {
  expect(() => readAzureSettings({ ...trigger, DEAD_LETTER_TOPIC: 'orders' })).toThrow(
    'DEAD_LETTER_TOPIC: expected a topic that the function does not read, got orders',
  )
})
