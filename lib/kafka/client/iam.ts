import { type AwsCredentials, createSigner, ownIdentity } from '../../aws/signer.ts'
import { CodedError } from '../../error.ts'

/** A login has to begin within this time. Source: aws-msk-iam-sasl-signer, `DEFAULT_TOKEN_EXPIRY_SECONDS`. */
const TOKEN_LIFETIME_S = 900

/** Names the signer in the cluster's logs; not part of the signature. */
const USER_AGENT = 'kafka-functions'

/** Host names of the brokers of provisioned and serverless Amazon MSK clusters. */
const MSK_HOST = /\.kafka(?:-serverless)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?(?::\d+)?$/

/** The region of Amazon MSK brokers; undefined if no host name contains it. */
export function regionOf(brokers: string[]): string | undefined {
  return brokers.map(broker => MSK_HOST.exec(broker)?.[1]).find(region => region !== undefined)
}

/**
 * Creates tokens that log in to Amazon MSK as the AWS identity of the default credential chain. The region comes from the
 * brokers' host names, or from AWS_REGION if they don't contain it.
 */
export function createTokenProvider(brokers: string[]): () => Promise<string> {
  let identity: (() => Promise<AwsCredentials>) | undefined
  return async () => {
    const region = regionOf(brokers) ?? process.env.AWS_REGION
    if (!region) throw new CodedError('CONFIG_INVALID', 'AWS_REGION: expected the region of the cluster, got nothing')
    try {
      identity ??= await ownIdentity()
      return await signToken(region, await identity())
    } catch (cause) {
      throw new CodedError('KAFKA_ACCESS_DENIED', `Could not get AWS credentials: ${(cause as Error).message}`, {
        cause,
      })
    }
  }
}

/**
 * Returns a presigned URL of the request `kafka-cluster:Connect`, base64url-encoded. Source: aws-msk-iam-sasl-signer-js,
 * `generateAuthToken`, and the AWS documentation, "Create a signed AWS API request".
 *
 * @param now when the token's 900 seconds begin
 */
export async function signToken(region: string, credentials: AwsCredentials, now = new Date()): Promise<string> {
  const hostname = `kafka.${region}.amazonaws.com`
  const signer = await createSigner({ service: 'kafka-cluster', region, credentials, applyChecksum: false })
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname },
      query: { Action: 'kafka-cluster:Connect' },
    },
    { expiresIn: TOKEN_LIFETIME_S, signingDate: now },
  )
  const url = new URL(`https://${hostname}/`)
  for (const [name, value] of Object.entries({ ...query, 'User-Agent': USER_AGENT })) {
    url.searchParams.set(name, String(value))
  }
  return Buffer.from(url.href).toString('base64url')
}
