import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { joined, type Resource, type Resources } from '../../cloudformation/template.ts'
import { shortDigest } from '../../digest.ts'
import type { Connector, DumpConnector } from '../declaration/connector.ts'

/** The logical id of the bucket that the service creates for a connector. Connectors with the same bucket name share it. */
export function bucketId({ declaration: { to } }: DumpConnector): string {
  if (to.bucket === undefined) return 'ConnectorsBucket'
  return `ConnectorsBucket${shortDigest(JSON.stringify(to.bucket), 8)}`
}

/** The name of a connector's bucket, whether it exists already or is created with the service. */
export function bucketName(connector: DumpConnector): string | Intrinsic | undefined {
  return connector.declaration.to.createBucket ? { Ref: bucketId(connector) } : connector.declaration.to.bucket
}

/** The buckets that the service creates, each with the lifecycle rules of all connectors that write into it. */
export function buckets(connectors: DumpConnector[]): Resources {
  const made = Map.groupBy(
    connectors.filter(({ declaration }) => declaration.to.createBucket),
    bucketId,
  )
  return Object.fromEntries(Array.from(made, ([id, writers]) => [id, bucket(writers)]))
}

/** A bucket that the service creates, and keeps when it is removed. */
export interface MadeBucket {
  /** Its logical id. */
  id: string
  /** Undefined where only CloudFormation knows its name. */
  name: string | undefined
}

/** The buckets that the service creates. */
export function madeBuckets(connectors: Connector[]): MadeBucket[] {
  const made = connectors
    .filter(connector => connector.kind === 'dump')
    .filter(({ declaration }) => declaration.to.createBucket)
    .map(connector => {
      const { bucket } = connector.declaration.to
      return [bucketId(connector), typeof bucket === 'string' ? bucket : undefined] as const
    })
  return Array.from(new Map(made), ([id, name]) => ({ id, name }))
}

function bucket(writers: DumpConnector[]): Resource {
  return {
    Type: 'AWS::S3::Bucket',
    // Dumped data outlives the service.
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BucketName: writers[0]?.declaration.to.bucket,
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: [abortRule, ...writers.flatMap(expirationRule)] },
    },
  }
}

/** The parts of an unfinished upload cost as much as objects, and no listing shows them. */
const abortRule = {
  Id: 'unfinished-uploads',
  Status: 'Enabled',
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
}

function expirationRule({ name, declaration: { to } }: DumpConnector) {
  if (to.retentionDays === undefined) return []
  const Prefix = to.prefix === undefined ? '' : joined(to.prefix, '/')
  return [{ Id: `retention-of-${name}`, Status: 'Enabled', Prefix, ExpirationInDays: to.retentionDays }]
}
