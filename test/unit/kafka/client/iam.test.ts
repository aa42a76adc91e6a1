import { createHash, createHmac } from 'node:crypto'
import { regionOf, signToken } from '../../../../lib/kafka/client/iam.ts'
import { type KafkaSettings, kafkajsConfig, platformaticConfig } from '../../../../lib/kafka/client/settings.ts'

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'IQoJb3JpZ2luX2VjEA==',
}
const urlOf = (token: string) => new URL(Buffer.from(token, 'base64url').toString())

/** The signature as the AWS documentation describes it, "Create a signed AWS API request", step by step. */
function signatureOf(url: URL, secret: string): string {
  const encode = (text: string) => encodeURIComponent(text).replace(/[!'()*]/g, c => `%${c.charCodeAt(0).toString(16)}`)
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature' && name !== 'User-Agent')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const canonical = ['GET', '/', query, `host:${url.host}`, '', 'host', sha256('')].join('\n')
  const [, date = '', region = '', service = '', end = ''] = url.searchParams.get('X-Amz-Credential')?.split('/') ?? []
  const scope = [date, region, service, end].join('/')
  const toSign = ['AWS4-HMAC-SHA256', url.searchParams.get('X-Amz-Date'), scope, sha256(canonical)].join('\n')
  const key = [date, region, service, end].reduce<string | Buffer>(hmac, `AWS4${secret}`)
  return hmac(key, toSign).toString('hex')
}

describe('a token for Amazon MSK', () => {
  test('is the signed request that the cluster expects', async () => {
    const token = await signToken('eu-west-1', credentials, new Date('2026-01-02T03:04:05Z'))
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
    const url = urlOf(token)
    expect(url.origin + url.pathname).toBe('https://kafka.eu-west-1.amazonaws.com/')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'kafka-cluster:Connect',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260102/eu-west-1/kafka-cluster/aws4_request',
      'X-Amz-Date': '20260102T030405Z',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': credentials.sessionToken,
      'X-Amz-Signature': signatureOf(url, credentials.secretAccessKey),
      'X-Amz-SignedHeaders': 'host',
      'User-Agent': 'kafka-functions',
    })
  })

  test('needs no session token', async () => {
    const { accessKeyId, secretAccessKey } = credentials
    const url = urlOf(await signToken('us-east-1', { accessKeyId, secretAccessKey }))
    expect(url.searchParams.has('X-Amz-Security-Token')).toBe(false)
    expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, secretAccessKey))
  })
})

test.each([
  ['b-1.orders.abc123.c2.kafka.eu-central-1.amazonaws.com:9098', 'eu-central-1'],
  ['boot-abc123.c1.kafka-serverless.us-east-1.amazonaws.com:9098', 'us-east-1'],
  ['b-1.orders.abc123.c2.kafka.cn-north-1.amazonaws.com.cn:9098', 'cn-north-1'],
  ['kafka.internal.example.com:9098', undefined],
])('%s is in the region %s', (broker, region) => {
  expect(regionOf([broker])).toBe(region)
})

describe('both clients log in with a token', () => {
  const environment = process.env
  const connection = (broker: string): KafkaSettings => ({
    brokers: [broker],
    securityProtocol: 'SASL_SSL',
    sasl: { mechanism: 'AWS_MSK_IAM' },
  })

  beforeEach(() => {
    process.env = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'sa-east-1' }
  })
  afterEach(() => {
    process.env = environment
  })

  function tokenOf(broker: string): Promise<string> {
    const { sasl } = platformaticConfig(connection(broker))
    if (sasl?.mechanism !== 'OAUTHBEARER' || typeof sasl.token !== 'function') throw new Error('it asks for a token')
    return Promise.resolve(sasl.token())
  }

  test('of the brokers’ region', async () => {
    expect(urlOf(await tokenOf('b-1.o.a.c2.kafka.eu-west-3.amazonaws.com:9098')).host).toBe(
      'kafka.eu-west-3.amazonaws.com',
    )
  })

  test('of the function’s region, where the brokers’ names tell none', async () => {
    const { sasl } = kafkajsConfig(connection('proxy.example.com:9098'))
    if (!sasl || !('oauthBearerProvider' in sasl)) throw new Error('kafkajs asks this for a token')
    expect(urlOf((await sasl.oauthBearerProvider()).value).host).toBe('kafka.sa-east-1.amazonaws.com')
  })

  test('and say it when there are no credentials', async () => {
    process.env = { AWS_REGION: 'sa-east-1', AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' }
    await expect(tokenOf('proxy.example.com:9098')).rejects.toMatchObject({ code: 'KAFKA_ACCESS_DENIED' })
  })
})
