import type { StoreAddress } from '../../../local/s3-proxy.ts'

/** Variables of each function: what is logged is read for records that only the log names. */
export const loggingVariables = { LOG_LEVEL: 'ERROR', POWERTOOLS_METRICS_DISABLED: 'true' }

/** Where objects go after a topic was created again, as docs/operate.md says. */
export const nextPrefix = { OBJECT_PREFIX: 'created-again' }

/** The store as variables of a function. */
export function storeVariables(address: StoreAddress, bucket: string): Record<string, string> {
  const { region, endpoint = '' } = address
  return {
    ...{ S3_BUCKET: bucket, S3_REGION: region, S3_ENDPOINT: endpoint, S3_FORCE_PATH_STYLE: 'true' },
    ...credentialVariables(address),
  }
}

/** The credentials that are valid now. */
export function credentialVariables({ credentials }: StoreAddress): Record<string, string> {
  return {
    S3_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    S3_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
  }
}
