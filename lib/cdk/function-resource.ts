import type { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { logicalName } from '../cloudformation/logical-id.ts'
import type { Resource, Resources } from '../cloudformation/template.ts'
import type { FunctionDefinition } from '../connectors/resources/function.ts'
import type { FunctionDefaults } from './function-defaults.ts'

/** The resources of one function under the logical ids that the Serverless Framework gives them. */
export function functionResources(
  key: string,
  definition: FunctionDefinition,
  { s3BucketName, s3ObjectKey }: Pick<Asset, 's3BucketName' | 's3ObjectKey'>,
  { properties, network, variables }: FunctionDefaults,
): Resources {
  const { name, vpc, environment, tags, reservedConcurrency } = definition
  const own = vpc && { SubnetIds: vpc.subnetIds, SecurityGroupIds: vpc.securityGroupIds }
  const log = `${logicalName(key)}LogGroup`
  return {
    [log]: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: `/aws/lambda/${name}`, RetentionInDays: definition.logRetentionInDays },
    },
    [functionId(key)]: {
      Type: 'AWS::Lambda::Function',
      DependsOn: [log],
      Properties: {
        ...properties,
        Code: { S3Bucket: s3BucketName, S3Key: s3ObjectKey },
        Handler: definition.handler,
        FunctionName: name,
        Description: definition.description,
        MemorySize: definition.memorySize,
        Timeout: definition.timeout,
        ReservedConcurrentExecutions: reservedConcurrency,
        Role: definition.role,
        VpcConfig: own ?? network,
        Environment: { Variables: { ...variables, ...environment } },
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      },
    },
    ...Object.assign({}, ...definition.events.map((event, index) => scheduleResources(key, event, index + 1))),
  }
}

/** The logical id of a function. */
export function functionId(key: string): string {
  return `${logicalName(key)}LambdaFunction`
}

/** A rule and the permission that it needs, for each of a function's schedules. */
function scheduleResources(key: string, { schedule }: FunctionDefinition['events'][number], number: number): Resources {
  const rule = `${logicalName(key)}EventsRuleSchedule${number}`
  const called = { 'Fn::GetAtt': [functionId(key), 'Arn'] }
  const target = { Arn: called, Id: `${key}Schedule`, ...(schedule.input && { Input: JSON.stringify(schedule.input) }) }
  const permission: Resource = {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: called,
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] },
    },
  }
  return {
    [rule]: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: schedule.rate[0],
        State: schedule.enabled ? 'ENABLED' : 'DISABLED',
        Targets: [target],
      },
    },
    [`${logicalName(key)}LambdaPermissionEventsRuleSchedule${number}`]: permission,
  }
}
