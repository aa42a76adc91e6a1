import { dumpSections, readDumpSettings } from '../../../lib/config/dump.ts'
import { readReplicateSettings } from '../../../lib/config/replicate.ts'
import { readWithSecrets } from '../../../lib/config/secrets.ts'
import { parseReference } from '../../../lib/secrets/reference.ts'

const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_orders/dump-AbCdEf'

describe('a reference', () => {
  test.each([
    ['secret', secret, { id: secret, field: undefined }],
    ['secret', `${secret}#password`, { id: secret, field: 'password' }],
    ['parameter', '/prod/kafka/password', { id: '/prod/kafka/password', field: undefined }],
    ['parameter', 'password#value', { id: 'password', field: 'value' }],
    [
      'parameter',
      'arn:aws-cn:ssm:cn-north-1:123456789012:parameter/prod/password',
      { id: 'arn:aws-cn:ssm:cn-north-1:123456789012:parameter/prod/password', field: undefined },
    ],
  ] as const)('%s %s', (kind, text, expected) => {
    expect(parseReference(kind, text)).toEqual({ kind, ...expected })
  })

  test.each([
    ['secret', 'my-secret'],
    ['secret', 'arn:aws:s3:::bucket'],
    ['secret', `${secret}#`],
    ['parameter', 'two words'],
    ['parameter', '#field'],
  ] as const)('%s %s is none', (kind, text) => {
    expect(parseReference(kind, text)).toBeUndefined()
  })
})

describe('the configuration', () => {
  const minimal = { S3_BUCKET: 'my-lake' }
  const cluster = {
    SOURCE_KAFKA_BROKERS: 'b-1:9096',
    SOURCE_KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    SOURCE_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    SOURCE_KAFKA_USERNAME: 'bob',
  }

  test('counts a reference as the value that it stands for', () => {
    expect(() => readDumpSettings({ ...minimal, ...cluster })).toThrow('SOURCE_KAFKA_PASSWORD: expected a value')
    const environment = { ...minimal, ...cluster, SOURCE_KAFKA_PASSWORD_SECRET_ARN: `${secret}#password` }
    expect(() => readDumpSettings(environment)).not.toThrow()
  })

  test.each([
    [
      { SOURCE_KAFKA_PASSWORD: 'p', SOURCE_KAFKA_PASSWORD_PARAMETER: '/p' },
      'SOURCE_KAFKA_PASSWORD: expected one of SOURCE_KAFKA_PASSWORD and SOURCE_KAFKA_PASSWORD_PARAMETER, got both',
    ],
    [
      { S3_SECRET_ACCESS_KEY_SECRET_ARN: secret, S3_SECRET_ACCESS_KEY_PARAMETER: '/p', S3_ACCESS_KEY_ID: 'id' },
      'S3_SECRET_ACCESS_KEY: expected one of S3_SECRET_ACCESS_KEY_SECRET_ARN and S3_SECRET_ACCESS_KEY_PARAMETER, got both',
    ],
    [
      { SOURCE_KAFKA_PASSWORD_SECRET_ARN: 'the password itself' },
      'SOURCE_KAFKA_PASSWORD_SECRET_ARN: expected the ARN of a secret in Secrets Manager, optionally with # and the name of a field of its JSON, got something else (not shown)',
    ],
    [
      { SOURCE_KAFKA_KEY_PARAMETER: 'two words' },
      'SOURCE_KAFKA_KEY_PARAMETER: expected the name or ARN of a parameter in Parameter Store',
    ],
  ])('refuses %j, by name', (environment, fault) => {
    expect(() => readDumpSettings({ ...minimal, ...environment })).toThrow(fault)
  })

  test('knows references of the target, too', () => {
    const target = { TARGET_KAFKA_BROKERS: 'b-1:9096', TARGET_KAFKA_KEY_SECRET_ARN: 'no ARN' }
    expect(() => readReplicateSettings(target)).toThrow('TARGET_KAFKA_KEY_SECRET_ARN: expected the ARN of a secret')
  })

  test('without references is read as it is', async () => {
    await expect(readWithSecrets(dumpSections, readDumpSettings, minimal)).resolves.toEqual(readDumpSettings(minimal))
  })
})
