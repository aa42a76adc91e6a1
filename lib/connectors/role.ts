import { ownArn, type Resource, type Statement } from './template.ts'

/**
 * The role of one function. Each has its own, so that no connector can read what another one reads.
 *
 * @param statements what it may do beside writing its log
 */
export function functionRole(functionName: string, statements: Statement[]): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      Policies: [
        {
          PolicyName: 'connector',
          PolicyDocument: { Version: '2012-10-17', Statement: [logStatement(functionName), ...statements] },
        },
      ],
    },
  }
}

/** The log group itself is made by the framework. */
function logStatement(functionName: string): Statement {
  const Resource = ownArn('logs', `log-group:/aws/lambda/${functionName}:*`)
  return { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource }
}

/** Sending traces. X-Ray knows no narrower resource for it. */
export const traceStatement: Statement = {
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
}

/** Being in a VPC. EC2 knows no narrower resource for it. Source: AWS Lambda, "Configuring permissions for Kafka event sources". */
export const networkStatement: Statement = {
  Effect: 'Allow',
  Action: [
    ...['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
    ...['ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'],
  ],
  Resource: '*',
}
