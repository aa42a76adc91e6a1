import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { createClient } from './client.ts'
import { storeError } from './error.ts'
import type { StoreSettings } from './settings.ts'

/** A bucket's lifecycle rules before and after. */
export interface LifecycleChange {
  before: LifecycleRule[]
  after: LifecycleRule[]
}

/**
 * The rule that removes a folder's objects a number of days after they were written, and what failed uploads left behind
 * after one day.
 *
 * @param prefix folder in the bucket, without slashes at its ends
 * @param days from 1 on
 */
export function retentionRule(prefix: string, days: number): LifecycleRule {
  return {
    ID: `kafka-functions ${prefix}`,
    Status: 'Enabled',
    Filter: { Prefix: `${prefix}/` },
    Expiration: { Days: days },
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  }
}

/**
 * Puts the folder's {@link retentionRule} among the bucket's rules, in the place of an earlier one; the other rules stay.
 * Nothing is written when it is there already.
 *
 * @throws CodedError
 */
export async function setRetention(settings: StoreSettings, prefix: string, days: number): Promise<LifecycleChange> {
  const client = createClient(settings)
  const { bucket: Bucket } = settings
  const rule = retentionRule(prefix, days)
  try {
    const { Rules: before = [], TransitionDefaultMinimumObjectSize } = await readLifecycle(client, Bucket)
    const after = [...before.filter(({ ID }) => ID !== rule.ID).map(inFilterForm), rule]
    const isThere = before.some(
      ({ ID, Status, Expiration }) => ID === rule.ID && Status === 'Enabled' && Expiration?.Days === days,
    )
    if (isThere) return { before, after: before }
    const LifecycleConfiguration = { Rules: after }
    const input = {
      Bucket,
      LifecycleConfiguration,
      TransitionDefaultMinimumObjectSize,
      ChecksumAlgorithm: 'MD5',
    } as const
    const command = new PutBucketLifecycleConfigurationCommand(input)
    command.middlewareStack.add(next => args => next(withoutAlgorithm(args)), { step: 'build', priority: 'low' })
    await client.send(command)
    return { before, after }
  } catch (error) {
    throw storeError(error, `set the lifecycle of ${Bucket}`)
  } finally {
    client.destroy()
  }
}

async function readLifecycle(client: S3Client, Bucket: string): Promise<GetBucketLifecycleConfigurationCommandOutput> {
  try {
    return await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
  } catch (error) {
    if ((error as Error).name === 'NoSuchLifecycleConfiguration') return { $metadata: {} }
    throw error
  }
}

/**
 * Every store wants a checksum of this request, and knows Content-MD5. The header that says so besides is new, and
 * Cloudflare's R2 for one doesn't take it.
 */
function withoutAlgorithm<Args extends { request: unknown }>(args: Args): Args {
  const { headers } = args.request as { headers: Record<string, string> }
  delete headers['x-amz-sdk-checksum-algorithm']
  return args
}

/** Rules of the first version have their prefix beside the filter; S3 doesn't take both kinds at once. */
function inFilterForm({ Prefix, ...rule }: LifecycleRule): LifecycleRule {
  return Prefix === undefined ? rule : { ...rule, Filter: { Prefix } }
}
