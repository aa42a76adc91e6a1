/**
 * Variables: store.
 *
 * @public
 */
export interface StoreVariables {
  /**
   * Bucket, or the ARN of an access point in one region.
   */
  S3_BUCKET?: string
  /**
   * Region of the bucket.
   *
   * Default: `us-east-1`.
   */
  S3_REGION?: string
  /**
   * URL of an S3-compatible store. Not set: AWS S3.
   */
  S3_ENDPOINT?: string
  /**
   * Whether the bucket is in the path instead of the host name. Not set: true with S3_ENDPOINT.
   */
  S3_FORCE_PATH_STYLE?: 'true' | 'false'
  /**
   * Whether to use AWS S3 Transfer Acceleration, which has to be enabled on the bucket.
   *
   * Default: `false`.
   */
  S3_ACCELERATE?: 'true' | 'false'
  /**
   * Access key. Not set: the platform’s default credential chain, on Lambda the execution role.
   */
  S3_ACCESS_KEY_ID?: string
  /**
   * Where S3_ACCESS_KEY_ID is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  S3_ACCESS_KEY_ID_SECRET_ARN?: string
  /**
   * Where S3_ACCESS_KEY_ID is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  S3_ACCESS_KEY_ID_PARAMETER?: string
  /**
   * Secret of the access key.
   */
  S3_SECRET_ACCESS_KEY?: string
  /**
   * Where S3_SECRET_ACCESS_KEY is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of
   * a field of its JSON.
   */
  S3_SECRET_ACCESS_KEY_SECRET_ARN?: string
  /**
   * Where S3_SECRET_ACCESS_KEY is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  S3_SECRET_ACCESS_KEY_PARAMETER?: string
  /**
   * Session token that belongs to a temporary access key.
   */
  S3_SESSION_TOKEN?: string
  /**
   * Where S3_SESSION_TOKEN is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  S3_SESSION_TOKEN_SECRET_ARN?: string
  /**
   * Where S3_SESSION_TOKEN is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  S3_SESSION_TOKEN_PARAMETER?: string
  /**
   * Profile in ~/.aws/config and ~/.aws/credentials with the credentials, for use on a laptop.
   */
  S3_PROFILE?: string
  /**
   * Proxy for requests to the store.
   */
  S3_PROXY_URL?: string
  /**
   * Where S3_PROXY_URL is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a field
   * of its JSON.
   */
  S3_PROXY_URL_SECRET_ARN?: string
  /**
   * Where S3_PROXY_URL is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the name
   * of a field of its JSON.
   */
  S3_PROXY_URL_PARAMETER?: string
  /**
   * User name for the proxy.
   */
  S3_PROXY_USER?: string
  /**
   * Password for the proxy.
   */
  S3_PROXY_PASSWORD?: string
  /**
   * Where S3_PROXY_PASSWORD is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  S3_PROXY_PASSWORD_SECRET_ARN?: string
  /**
   * Where S3_PROXY_PASSWORD is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  S3_PROXY_PASSWORD_PARAMETER?: string
  /**
   * Encryption by the store, with its own keys or those of a key management service.
   */
  S3_SSE?: 'AES256' | 'aws:kms'
  /**
   * Key for aws:kms. Not set: the account’s key for S3.
   */
  S3_SSE_KMS_KEY_ID?: string
  /**
   * Your own key for encryption by the store (SSE-C). Nobody can read the objects without it.
   */
  S3_SSE_CUSTOMER_KEY?: string
  /**
   * Where S3_SSE_CUSTOMER_KEY is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  S3_SSE_CUSTOMER_KEY_SECRET_ARN?: string
  /**
   * Where S3_SSE_CUSTOMER_KEY is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  S3_SSE_CUSTOMER_KEY_PARAMETER?: string
  /**
   * Canned ACL of each object. Not set: only the bucket’s owner has access.
   */
  S3_ACL?:
    | 'private'
    | 'public-read'
    | 'public-read-write'
    | 'authenticated-read'
    | 'aws-exec-read'
    | 'bucket-owner-read'
    | 'bucket-owner-full-control'
  /**
   * Storage class of each object, such as STANDARD_IA. Not set: the bucket’s default.
   */
  S3_STORAGE_CLASS?: string
  /**
   * Tags of each object, as JSON.
   */
  S3_TAGS?: string
  /**
   * Whether compressed objects have the header Content-Encoding, so that web clients decompress them.
   *
   * Default: `true`.
   */
  S3_CONTENT_ENCODING?: 'true' | 'false'
  /**
   * Checksum by which the store verifies objects. none: for stores that lack these checksums.
   *
   * Default: `crc32`.
   */
  S3_CHECKSUM?: 'crc32' | 'crc64nvme' | 'none'
  /**
   * Whether to keep an existing object instead of overwriting it. It has to have the same bytes.
   *
   * Default: `false`.
   */
  S3_IF_NONE_MATCH?: 'true' | 'false'
  /**
   * How compaction creates an object only if it does not exist. Not set: found out with a small object.
   * single-writer: the store can’t, and nothing else compacts the same folder.
   */
  S3_CREATE_ONCE?: 'if-none-match' | 'x-oss-forbid-overwrite' | 'single-writer'
  /**
   * Larger objects are written in parts of this many bytes.
   *
   * Default: `26214400`.
   */
  S3_PART_SIZE?: string
  /**
   * How often a request that failed with a transient error is retried before its whole batch is retried.
   *
   * Default: `3`.
   */
  S3_MAX_RETRIES?: string
  /**
   * Maximum pause before the first retry, in milliseconds. It doubles with each further retry.
   *
   * Default: `200`.
   */
  S3_RETRY_BACKOFF_MS?: string
  /**
   * Whether to wait for the store’s consent (Expect: 100-continue) before sending 2 MB or more.
   *
   * Default: `true`.
   */
  S3_EXPECT_CONTINUE?: 'true' | 'false'
}
