import { dumpSections, readDumpSettings } from '../../../lib/config/dump.ts'
import { readReplicateSettings } from '../../../lib/config/replicate.ts'
import { readWithSecrets } from '../../../lib/config/secrets.ts'
import { CodedError } from '../../../lib/error.ts'
import { parseReference } from '../../../lib/secrets/reference.ts'
import { type Renewable, Renewal } from '../../../lib/secrets/renewal.ts'

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
      'SOURCE_KAFKA_PASSWORD_SECRET_ARN: expected the ARN of a secret in Secrets Manager, with # and a name for one field of its JSON, got something else (not shown)',
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

describe('settings that are refused', () => {
  interface Login extends Renewable<Login> {
    password: string
  }

  const refusal = new CodedError('KAFKA_ACCESS_DENIED', 'refused')
  const open = async ({ password }: Login) => {
    if (password !== 'new') throw refusal
    return password
  }

  test('are renewed, once for all who were refused with them', async () => {
    let readings = 0
    const renew = async () => {
      readings += 1
      return { password: 'new' }
    }
    const renewal = new Renewal<Login>({ password: 'old', renew })
    await expect(renewal.run('KAFKA_ACCESS_DENIED', open)).resolves.toBe('new')
    await expect(renewal.run('KAFKA_ACCESS_DENIED', open)).resolves.toBe('new')
    expect(readings).toBe(1)
  })

  test.each<[string, Login]>([
    ['can’t be renewed', { password: 'old' }],
    ['have not changed', { password: 'old', renew: async () => undefined }],
    ['have changed and are refused, too', { password: 'old', renew: async () => ({ password: 'other' }) }],
  ])('%s: the refusal stands', async (_, login) => {
    await expect(new Renewal(login).run('KAFKA_ACCESS_DENIED', open)).rejects.toBe(refusal)
  })

  test('another error renews nothing', async () => {
    const renew = () => Promise.reject(new Error('read again'))
    const away = new CodedError('KAFKA_UNAVAILABLE', 'away')
    const renewal = new Renewal<Login>({ password: 'old', renew })
    await expect(renewal.run('KAFKA_ACCESS_DENIED', () => Promise.reject(away))).rejects.toBe(away)
  })
})
