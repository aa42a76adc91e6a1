import type { SignatureV4Init } from '@smithy/signature-v4'

/** An AWS access key, with a session token when it is temporary. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/**
 * Tells the credentials of the process's own AWS identity, by the default chain: on Lambda those of the function's role. It
 * keeps them until they expire, and throws any error when there are none.
 */
export async function ownIdentity(): Promise<() => Promise<AwsCredentials>> {
  // Loaded when it is needed, as is what signs: most functions sign nothing but the requests to their store.
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider()
}

/** Signature version 4, by the SDK. */
export async function createSigner(settings: Omit<SignatureV4Init, 'sha256'>) {
  const [{ SignatureV4 }, { Sha256 }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/core/checksum'),
  ])
  return new SignatureV4({ ...settings, sha256: Sha256 })
}
