import * as z from 'zod'
import {
  cannedAcls,
  checksumNames,
  createOnceNames,
  DEFAULT_PART_SIZE,
  DEFAULT_RETRIES,
  type Encryption,
  MAX_PART_SIZE,
  MIN_PART_SIZE,
  type StoreSettings,
} from '../s3/settings.ts'
import { section } from './section.ts'
import { flag, httpUrl, json, variable, wholeNumber } from './variable.ts'

/** A region, which becomes part of host names. Source: RFC 1123, section 2.1. */
const REGION = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/

/**
 * A bucket's name, or the ARN of an access point in one region: multi-region ones need signatures that the SDK can't create
 * without an add-on. Source: Amazon S3 User Guide, "General purpose bucket naming rules", "Using Amazon S3 access points".
 */
const BUCKET =
  /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:aws[a-z-]*:s3(-outposts|-object-lambda)?:[a-z0-9-]+:\d{12}:(accesspoint|outpost)[/:][\w./:-]+)$/

const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/

export const storeSection = section({
  title: 'Store',
  prefix: 'S3_',
  variables: {
    BUCKET: variable(z.string().regex(BUCKET), {
      description: 'Bucket, or the ARN of an access point in one region.',
      expected: 'a bucket name (3 to 63 lower-case letters, digits, dots or hyphens) or the ARN of an access point',
    }),
    REGION: variable(z.string().regex(REGION).default('us-east-1'), {
      description: 'Region of the bucket.',
      expected: 'a region such as eu-central-1',
      fallback: 'AWS_REGION',
    }),
    ENDPOINT: variable(httpUrl().optional(), {
      description: 'URL of an S3-compatible store. Not set: AWS S3.',
      expected: 'a URL that begins with http:// or https://, without user name, password and query',
    }),
    FORCE_PATH_STYLE: variable(flag().optional(), {
      description: 'Whether the bucket is in the path instead of the host name. Not set: true with S3_ENDPOINT.',
      expected: 'true or false',
    }),
    ACCELERATE: variable(flag().default(false), {
      description: 'Whether to use AWS S3 Transfer Acceleration, which has to be enabled on the bucket.',
      expected: 'true or false',
    }),
    ACCESS_KEY_ID: variable(z.string().optional(), {
      description: 'Access key. Not set: the platform’s default credential chain, on Lambda the execution role.',
      expected: 'an access key id',
      secret: true,
    }),
    SECRET_ACCESS_KEY: variable(z.string().optional(), {
      description: 'Secret of the access key.',
      expected: 'the secret of S3_ACCESS_KEY_ID',
      secret: true,
    }),
    SESSION_TOKEN: variable(z.string().optional(), {
      description: 'Session token that belongs to a temporary access key.',
      expected: 'the session token of S3_ACCESS_KEY_ID',
      secret: true,
    }),
    PROFILE: variable(z.string().optional(), {
      description: 'Profile in ~/.aws/config and ~/.aws/credentials with the credentials, for use on a laptop.',
      expected: 'a profile’s name',
    }),
    PROXY_URL: variable(httpUrl().optional(), {
      description: 'Proxy for requests to the store.',
      expected: 'a URL such as http://proxy:3128, without user name and password',
      secret: true,
    }),
    PROXY_USER: variable(z.string().optional(), { description: 'User name for the proxy.', expected: 'a user name' }),
    PROXY_PASSWORD: variable(z.string().optional(), {
      description: 'Password for the proxy.',
      expected: 'a password',
      secret: true,
    }),
    SSE: variable(z.enum(['AES256', 'aws:kms']).optional(), {
      description: 'Encryption by the store, with its own keys or those of a key management service.',
      expected: 'one of AES256, aws:kms',
    }),
    SSE_KMS_KEY_ID: variable(z.string().optional(), {
      description: 'Key for aws:kms. Not set: the account’s key for S3.',
      expected: 'a key’s id or ARN',
    }),
    SSE_CUSTOMER_KEY: variable(z.string().regex(BASE64_OF_32_BYTES).optional(), {
      description: 'Your own key for encryption by the store (SSE-C). Nobody can read the objects without it.',
      expected: '32 bytes as base64',
      secret: true,
    }),
    ACL: variable(z.enum(cannedAcls).optional(), {
      description: 'Canned ACL of each object. Not set: only the bucket’s owner has access.',
      expected: `one of ${cannedAcls.join(', ')}`,
    }),
    STORAGE_CLASS: variable(
      z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/)
        .optional(),
      {
        description: 'Storage class of each object, such as STANDARD_IA. Not set: the bucket’s default.',
        expected: 'capital letters, digits and underscores',
      },
    ),
    TAGS: variable(tags().optional(), {
      description: 'Tags of each object, as JSON.',
      expected: 'a JSON object with at most 10 strings, such as {"team":"data"}',
    }),
    CONTENT_ENCODING: variable(flag().default(true), {
      description: 'Whether compressed objects have the header Content-Encoding, so that web clients decompress them.',
      expected: 'true or false',
    }),
    CHECKSUM: variable(z.enum(checksumNames).default('crc32'), {
      description: 'Checksum by which the store verifies objects. none: for stores that lack these checksums.',
      expected: `one of ${checksumNames.join(', ')}`,
    }),
    IF_NONE_MATCH: variable(flag().default(false), {
      description: 'Whether to keep an existing object instead of overwriting it. It has to have the same bytes.',
      expected: 'true or false',
    }),
    CREATE_ONCE: variable(z.enum(createOnceNames).optional(), {
      description:
        'How compaction creates an object only if it does not exist. Not set: found out with a small object. single-writer: the store can’t, and nothing else compacts the same folder.',
      expected: `one of ${createOnceNames.join(', ')}`,
    }),
    PART_SIZE: variable(wholeNumber(MIN_PART_SIZE, MAX_PART_SIZE).default(DEFAULT_PART_SIZE), {
      description: 'Larger objects are written in parts of this many bytes.',
      expected: `a whole number from ${MIN_PART_SIZE} to ${MAX_PART_SIZE}`,
    }),
    MAX_RETRIES: variable(wholeNumber(0, 20).default(DEFAULT_RETRIES.most), {
      description:
        'How often a request that failed with a transient error is retried before its whole batch is retried.',
      expected: 'a whole number from 0 to 20',
    }),
    RETRY_BACKOFF_MS: variable(wholeNumber(1, 60_000).default(DEFAULT_RETRIES.firstPauseMs), {
      description: 'Maximum pause before the first retry, in milliseconds. It doubles with each further retry.',
      expected: 'a whole number from 1 to 60000',
    }),
    EXPECT_CONTINUE: variable(flag().default(true), {
      description: 'Whether to wait for the store’s consent (Expect: 100-continue) before sending 2 MB or more.',
      expected: 'true or false',
    }),
  },
  rules: [
    {
      variable: 'ACCESS_KEY_ID',
      expected: 'a value, as S3_SECRET_ACCESS_KEY is set',
      holds: ({ ACCESS_KEY_ID, SECRET_ACCESS_KEY }) => !SECRET_ACCESS_KEY || !!ACCESS_KEY_ID,
    },
    {
      variable: 'SECRET_ACCESS_KEY',
      expected: 'a value, as S3_ACCESS_KEY_ID is set',
      holds: ({ ACCESS_KEY_ID, SECRET_ACCESS_KEY }) => !ACCESS_KEY_ID || !!SECRET_ACCESS_KEY,
    },
    {
      variable: 'ACCESS_KEY_ID',
      expected: 'a value, as S3_SESSION_TOKEN is set',
      holds: ({ ACCESS_KEY_ID, SESSION_TOKEN }) => !SESSION_TOKEN || !!ACCESS_KEY_ID,
    },
    {
      variable: 'PROFILE',
      expected: 'nothing, as S3_ACCESS_KEY_ID is set',
      holds: ({ PROFILE, ACCESS_KEY_ID }) => !PROFILE || !ACCESS_KEY_ID,
    },
    {
      variable: 'ACCELERATE',
      expected: 'false with S3_ENDPOINT, with S3_FORCE_PATH_STYLE and with dots in S3_BUCKET',
      holds: ({ ACCELERATE, ENDPOINT, FORCE_PATH_STYLE, BUCKET }) =>
        !ACCELERATE || !(ENDPOINT || FORCE_PATH_STYLE || BUCKET?.includes('.')),
    },
    {
      variable: 'BUCKET',
      expected:
        'the name of a bucket: access points support neither S3_ACCELERATE nor path style, the default with S3_ENDPOINT',
      holds: ({ BUCKET, ENDPOINT, FORCE_PATH_STYLE = ENDPOINT !== undefined, ACCELERATE }) =>
        !BUCKET?.startsWith('arn:') || !(FORCE_PATH_STYLE || ACCELERATE),
    },
    {
      variable: 'PROXY_URL',
      expected: 'a value, as S3_PROXY_USER or S3_PROXY_PASSWORD is set',
      holds: ({ PROXY_URL, PROXY_USER, PROXY_PASSWORD }) => !!PROXY_URL || !(PROXY_USER || PROXY_PASSWORD),
    },
    {
      variable: 'PROXY_USER',
      expected: 'a value, as S3_PROXY_PASSWORD is set',
      holds: ({ PROXY_USER, PROXY_PASSWORD }) => !PROXY_PASSWORD || !!PROXY_USER,
    },
    {
      variable: 'SSE_KMS_KEY_ID',
      expected: 'nothing, unless S3_SSE is aws:kms',
      holds: ({ SSE, SSE_KMS_KEY_ID }) => !SSE_KMS_KEY_ID || SSE === 'aws:kms',
    },
    {
      variable: 'SSE_CUSTOMER_KEY',
      expected: 'nothing, as S3_SSE is set',
      holds: ({ SSE, SSE_CUSTOMER_KEY }) => !SSE || !SSE_CUSTOMER_KEY,
    },
  ],
  settings: (values): StoreSettings => ({
    bucket: values.BUCKET,
    region: values.REGION,
    endpoint: values.ENDPOINT,
    forcePathStyle: values.FORCE_PATH_STYLE ?? values.ENDPOINT !== undefined,
    accelerate: values.ACCELERATE,
    credentials: credentialsOf(values),
    profile: values.PROFILE,
    proxy: proxyOf(values),
    retries: { most: values.MAX_RETRIES, firstPauseMs: values.RETRY_BACKOFF_MS },
    expectContinue: values.EXPECT_CONTINUE,
    contentEncoding: values.CONTENT_ENCODING,
    checksum: values.CHECKSUM,
    encryption: encryptionOf(values),
    acl: values.ACL,
    storageClass: values.STORAGE_CLASS,
    tags: values.TAGS,
    partSize: values.PART_SIZE,
    ifNoneMatch: values.IF_NONE_MATCH,
    createOnce: values.CREATE_ONCE,
  }),
})

interface Values {
  ACCESS_KEY_ID?: string
  SECRET_ACCESS_KEY?: string
  SESSION_TOKEN?: string
  PROXY_URL?: string
  PROXY_USER?: string
  PROXY_PASSWORD?: string
  SSE?: 'AES256' | 'aws:kms'
  SSE_KMS_KEY_ID?: string
  SSE_CUSTOMER_KEY?: string
}

function credentialsOf(values: Values): StoreSettings['credentials'] {
  const { ACCESS_KEY_ID: accessKeyId, SECRET_ACCESS_KEY: secretAccessKey, SESSION_TOKEN: sessionToken } = values
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined
}

function proxyOf({ PROXY_URL, PROXY_USER = '', PROXY_PASSWORD = '' }: Values): string | undefined {
  if (!PROXY_URL) return undefined
  const url = new URL(PROXY_URL)
  url.username = encodeURIComponent(PROXY_USER)
  url.password = encodeURIComponent(PROXY_PASSWORD)
  return url.href
}

function encryptionOf({ SSE, SSE_KMS_KEY_ID, SSE_CUSTOMER_KEY }: Values): Encryption | undefined {
  if (SSE_CUSTOMER_KEY) return { kind: 'customer', key: SSE_CUSTOMER_KEY }
  if (SSE === 'aws:kms') return { kind: SSE, keyId: SSE_KMS_KEY_ID }
  return SSE && { kind: SSE }
}

/** Source: Amazon S3 User Guide, "Categorizing your storage using tags". */
function tags() {
  const text = (least: number, most: number) =>
    z.string().regex(new RegExp(`^[\\p{L}\\p{N} +\\-=._:/@]{${least},${most}}$`, 'u'))
  return json()
    .pipe(z.record(text(1, 128), text(0, 256)))
    .refine(given => Object.keys(given).length <= 10)
}
