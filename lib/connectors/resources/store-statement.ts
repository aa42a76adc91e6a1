import type { Intrinsic } from '../../cloudformation/intrinsic.ts'
import { allow, joined, ownArn, type Statement } from '../../cloudformation/template.ts'
import type { DumpConnector } from '../declaration/connector.ts'
import { bucketName } from './bucket.ts'

/** Writing objects under the prefix. */
export function storeStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  return place ? putStatements(connector, joined(...place.objects, '*')) : []
}

/** Testing the bucket with an object, and finding the object that holds a record. */
export function probeStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  if (!place) return []
  const probes = joined(...place.objects, '.check/*')
  const Condition = { StringLike: { 's3:prefix': joined(...place.folder, '*') } }
  return [
    // A probe is far too small for an upload in parts, which could be aborted.
    ...putStatements(connector, probes).map(statement => ({
      ...statement,
      Action: statement.Action.filter(action => action !== 's3:AbortMultipartUpload'),
    })),
    ...allow(['s3:GetObject', 's3:DeleteObject'], [probes]),
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: joined(...place.bucket), Condition },
  ]
}

/** Making objects under the prefix of others there, and deleting those. */
export function compactStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  if (!place) return []
  const objects = joined(...place.objects, '*')
  // With `IfExists`, as a request for one object has no prefix: without the permission to list, S3 answers that access is
  // denied where an object doesn't exist, which is how most questions to the commit log end.
  const Condition = { StringLikeIfExists: { 's3:prefix': joined(...place.folder, '*') } }
  return [
    ...putStatements(connector, objects),
    ...allow(['s3:GetObject', 's3:DeleteObject'], [objects]),
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: joined(...place.bucket), Condition },
  ]
}

/** The folders of snapshots beside a dump. */
const SNAPSHOTS = ['_topics/', '_groups/']

/** Writing snapshots beside the dump, and reading the last one. */
export function snapshotStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  if (!place) return []
  const objects = SNAPSHOTS.map(folder => joined(...place.objects, `${folder}*`))
  const Condition = { StringLike: { 's3:prefix': SNAPSHOTS.map(folder => joined(...place.folder, `${folder}*`)) } }
  return [
    ...putStatements(connector, objects),
    ...allow(['s3:GetObject'], objects),
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: joined(...place.bucket), Condition },
  ]
}

/** Reading the objects under the prefix, and keeping beside them what restores have done. */
export function restoredStoreStatements(connector: DumpConnector): Statement[] {
  const place = storePlace(connector)
  if (!place) return []
  const own = joined(...place.objects, '_restores/*')
  const Condition = { StringLikeIfExists: { 's3:prefix': joined(...place.folder, '*') } }
  return [
    ...allow(['s3:GetObject'], [joined(...place.objects, '*')]),
    ...putStatements(connector, own),
    // Of the small objects by which it is found out how the store creates objects once.
    ...allow(['s3:DeleteObject'], [own]),
    { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: joined(...place.bucket), Condition },
  ]
}

/** Whether objects are written with the function's role. AWS does not control access to other stores or with access keys. */
export function writesAsRole({ declaration }: DumpConnector): boolean {
  const { endpoint, accessKeyId } = declaration.to
  return endpoint === undefined && accessKeyId === undefined
}

/** The parts of the ARNs of bucket and objects, and of the folder; undefined when the role does not write them. */
function storePlace(connector: DumpConnector) {
  const { prefix } = connector.declaration.to
  const name = bucketName(connector)
  if (name === undefined || !writesAsRole(connector)) return undefined
  const folder = prefix === undefined ? [] : [prefix, '/']
  const isArn = typeof name === 'string' && name.startsWith('arn:')
  const bucket = isArn ? [name] : ['arn:', { Ref: 'AWS::Partition' }, ':s3:::', name]
  return { bucket, folder, objects: [...bucket, isArn ? '/object/' : '/', ...folder] }
}

/** Writing objects with the declared options. */
function putStatements({ declaration }: DumpConnector, Resource: unknown): Statement[] {
  const { acl, tags, ifNoneMatch, sseKmsKeyId } = declaration.to
  const Action = [
    ...['s3:PutObject', 's3:AbortMultipartUpload'],
    ...(acl ? ['s3:PutObjectAcl'] : []),
    ...(tags ? ['s3:PutObjectTagging'] : []),
    ...(ifNoneMatch === 'true' ? ['s3:GetObject'] : []),
  ]
  return [{ Effect: 'Allow', Action, Resource }, ...encryptionStatements(sseKmsKeyId)]
}

/** Encrypting objects, and decrypting their parts, with a customer's key. Source: Amazon S3 User Guide, "Using SSE-KMS". */
function encryptionStatements(key: unknown): Statement[] {
  if (key === undefined) return []
  const isArn = typeof key !== 'string' || key.startsWith('arn:')
  return allow(['kms:GenerateDataKey', 'kms:Decrypt'], [isArn ? key : ownArn('kms', `key/${key}`)])
}

/** Reading the schemas of values from AWS Glue. */
export function schemaStatements({ declaration }: DumpConnector): Statement[] {
  const { schemaRegistryUrl: uri } = declaration.to
  const isGlue = uri !== undefined && (typeof uri !== 'string' || uri.startsWith('arn:'))
  return isGlue ? allow(['glue:GetSchemaVersion'], [uri, ...schemasOf(uri)]) : []
}

/** The ARNs of a registry's schemas: they begin as the registry's does and end in the schema's name. */
export function schemasOf(uri: string | Intrinsic): unknown[] {
  return typeof uri === 'string'
    ? [`${uri.replace(':registry/', ':schema/')}/*`]
    : [{ 'Fn::Join': [':schema/', { 'Fn::Split': [':registry/', joined(uri, '/*')] }] }]
}
