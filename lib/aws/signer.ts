import type { SignatureV4Init } from '@smithy/signature-v4'

/** An AWS access key, with a session token when it is temporary. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/**
 * Returns a provider of the process's AWS credentials, from the default chain: on Lambda, those of the function's role. The
 * provider caches them until they expire, and throws any error when it finds none.
 */
export async function ownIdentity(): Promise<() => Promise<AwsCredentials>> {
  // Loaded on first use, like the signer: most functions only sign requests to their store, which the S3 client does.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider()
}

/** The SDK's signer for AWS Signature Version 4. */
export async function createSigner(settings: Omit<SignatureV4Init, 'sha256'>) {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
  ])
  return new SignatureV4({ ...settings, sha256: Sha256 })
}
