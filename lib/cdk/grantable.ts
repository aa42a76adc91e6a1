import { type CfnRole, Role } from 'aws-cdk-lib/aws-iam'
import { type CfnFunction, type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Bucket, type CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3'
import type { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { Token } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Connector, DumpConnector } from '../connectors/declaration/connector.ts'
import { bucketId } from '../connectors/resources/bucket.ts'
import { connectorFiles } from '../connectors/resources/function.ts'
import { connectorKey } from '../connectors/resources/function-name.ts'
import { roleId } from '../connectors/resources/role.ts'
import { type DeferredValues, deferredName } from './deferred-value.ts'
import { functionId } from './function-resource.ts'

/** The functions as other constructs take them: to grant them something, or others the right to call them. */
export function grantableFunctions(
  scope: Construct,
  connectors: Connector[],
  template: CfnInclude,
): Record<string, IFunction> {
  const folder = new Construct(scope, 'Functions')
  const all = connectors.flatMap(connector =>
    connectorFiles(connector).map(({ key }) => {
      const { attrArn: functionArn } = template.getResource(functionId(key)) as CfnFunction
      const { attrArn: roleArn } = template.getResource(roleId(key)) as CfnRole
      const role = Role.fromRoleArn(folder, `${key}-role`, roleArn)
      const made = LambdaFunction.fromFunctionAttributes(folder, key, { functionArn, role, sameEnvironment: true })
      // A name with capital letters has a key with a digest.
      return [connector.name + key.slice(connectorKey(connector).length), made] as const
    }),
  )
  return Object.fromEntries(all)
}

/** The buckets as other constructs take them. A bucket of another store than AWS's is none that AWS could grant anything on. */
export function grantableBuckets(
  scope: Construct,
  connectors: Connector[],
  template: CfnInclude,
  values: DeferredValues,
): Record<string, IBucket> {
  const folder = new Construct(scope, 'Buckets')
  const dumps = connectors.filter(
    connector => connector.kind === 'dump' && connector.declaration.to.endpoint === undefined,
  )
  const made = new Map<string, IBucket>()
  return Object.fromEntries(
    (dumps as DumpConnector[]).map(connector => {
      const id = bucketId(connector)
      const { createBucket, bucket } = connector.declaration.to
      const one =
        made.get(id) ??
        (createBucket
          ? Bucket.fromCfnBucket(template.getResource(id) as CfnBucket)
          : Bucket.fromBucketName(folder, id, nameOf(bucket, values)))
      made.set(id, one)
      return [connector.name, one]
    }),
  )
}

/** The name of a bucket, as text that may contain tokens. */
function nameOf(bucket: unknown, values: DeferredValues): string {
  const name = typeof bucket === 'object' && bucket !== null ? deferredName(bucket) : undefined
  return (name === undefined ? undefined : values.get(name)) ?? Token.asString(bucket)
}
