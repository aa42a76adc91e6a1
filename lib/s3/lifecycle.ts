import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { createClient } from './client.ts'
import { MD5, namingNoAlgorithm } from './content-md5.ts'
import { storeError } from './error.ts'
import type { StoreSettings } from './settings.ts'

/** A bucket's lifecycle rules before and after. */
export interface LifecycleChange {
  before: LifecycleRule[]
  after: LifecycleRule[]
}

/**
 * The rule that removes a folder's objects a number of days after they were written, and the parts of failed uploads after
 * one day.
 *
 * @param prefix folder in the bucket, without slashes at either end
 * @param days at least 1
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
 * Adds the folder's {@link retentionRule} to the bucket's rules, replacing an earlier one; other rules stay. Writes nothing
 * if the rule already exists.
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
    const input = { Bucket, LifecycleConfiguration, TransitionDefaultMinimumObjectSize, ChecksumAlgorithm: MD5 }
    await client.send(namingNoAlgorithm(new PutBucketLifecycleConfigurationCommand(input)))
    return { before, after }
  } catch (error) {
    throw storeError(error, `set the lifecycle of ${Bucket}`, settings)
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

/** Rules of the first version have a prefix instead of a filter. S3 rejects a mixture of the two kinds. */
function inFilterForm({ Prefix, ...rule }: LifecycleRule): LifecycleRule {
  return Prefix === undefined ? rule : { ...rule, Filter: { Prefix } }
}
