import { z } from 'zod'
import type { StoreSettings } from '../s3/store.ts'
import { section } from './section.ts'
import { flag, variable } from './variable.ts'

export const storeSection = section({
  title: 'Store',
  prefix: 'S3_',
  variables: {
    BUCKET: variable(z.string().regex(/^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9]|arn:aws[a-z-]*:s3[a-z-]*:\S+)$/), {
      description: 'Bucket, or the ARN of an access point.',
      expected: 'a bucket name (3 to 63 lower-case letters, digits, dots or hyphens)',
    }),
    REGION: variable(z.string().default('us-east-1'), {
      description: 'Region of the bucket.',
      expected: 'a region',
      fallback: 'AWS_REGION',
    }),
    ENDPOINT: variable(z.url({ protocol: /^https?$/ }).optional(), {
      description: 'URL of an S3-compatible store. Not set: AWS S3.',
      expected: 'a URL that begins with http:// or https://',
    }),
    FORCE_PATH_STYLE: variable(flag().optional(), {
      description: 'Bucket in the path instead of the host name. Not set: true with S3_ENDPOINT.',
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
  ],
  settings: ({ BUCKET, REGION, ENDPOINT, FORCE_PATH_STYLE, ACCESS_KEY_ID, SECRET_ACCESS_KEY }): StoreSettings => ({
    bucket: BUCKET,
    region: REGION,
    endpoint: ENDPOINT,
    forcePathStyle: FORCE_PATH_STYLE ?? ENDPOINT !== undefined,
    credentials:
      ACCESS_KEY_ID && SECRET_ACCESS_KEY
        ? { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY }
        : undefined,
  }),
})
