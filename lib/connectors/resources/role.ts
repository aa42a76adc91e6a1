import { isIntrinsic } from '../../cloudformation/intrinsic.ts'
import { logicalName } from '../../cloudformation/logical-id.ts'
import { ownArn, type Resource, type Resources, type Statement } from '../../cloudformation/template.ts'

/**
 * The most characters, without white space, in a role's inline policy and in each attached policy. Source: AWS IAM, "IAM and
 * AWS STS quotas".
 */
const MAX_INLINE_CHARACTERS = 10_240
const MAX_ATTACHED_CHARACTERS = 6_144

/** The most policies attached to a role. Source: the same page. An account can ask for more. */
export const MAX_ATTACHED_POLICIES = 10

/** Characters reserved for what surrounds the statements of a policy. */
const FRAME = 100

/** Characters reserved for a value that only CloudFormation knows; no ARN is longer. */
const MAX_KNOWN = 200

/**
 * The role of one function. Each function has its own, so no connector can read what another reads. Statements that don't fit
 * into the inline policy, as with a hundred topics, go into attached policies.
 *
 * @param key the function's key
 * @param statements what it may do in addition to writing its log
 */
export function functionRole(key: string, functionName: string, statements: Statement[]): Resources {
  const [inline = [], ...attached] = divided([logStatement(functionName), ...statements])
  const policies = attached.map((part, index): [string, Resource] => [
    `${logicalName(key)}Policy${index + 2}`,
    {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { Description: `Of the function ${functionName}`, PolicyDocument: documentOf(part) },
    },
  ])
  const role: Resource = {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
      },
      ...(policies.length > 0 ? { ManagedPolicyArns: policies.map(([id]) => ({ Ref: id })) } : {}),
      Policies: [{ PolicyName: 'connector', PolicyDocument: documentOf(inline) }],
    },
  }
  return { [roleId(key)]: role, ...Object.fromEntries(policies) }
}

/** The logical id of a function's role. */
export function roleId(key: string): string {
  return `${logicalName(key)}Role`
}

function documentOf(statements: Statement[]) {
  return { Version: '2012-10-17', Statement: statements }
}

/** Distributes statements over as few policies as possible, splitting a statement whose resources don't fit. */
function divided(statements: Statement[]): Statement[][] {
  const policies: Statement[][] = [[]]
  let room = MAX_INLINE_CHARACTERS - FRAME
  const begin = () => {
    policies.push([])
    room = MAX_ATTACHED_CHARACTERS - FRAME
  }
  for (const statement of statements) {
    const around = lengthOf({ ...statement, Resource: [] })
    let resources = Array.isArray(statement.Resource) ? statement.Resource : [statement.Resource]
    while (resources.length > 0) {
      const count = fitting(resources, room - around)
      if (count > 0) {
        const part = resources.slice(0, count)
        const Resource = Array.isArray(statement.Resource) ? part : statement.Resource
        policies.at(-1)?.push({ ...statement, Resource })
        room -= around + lengthOf(part)
        resources = resources.slice(count)
      }
      if (resources.length > 0) begin()
    }
  }
  return policies
}

/** How many of the resources fit. */
function fitting(resources: unknown[], room: number): number {
  let used = 0
  const first = resources.findIndex(resource => {
    used += lengthOf(resource) + 1
    return used > room
  })
  return first === -1 ? resources.length : first
}

/** The characters that a value takes in a policy; for values that only CloudFormation knows, the most they can take. */
function lengthOf(value: unknown): number {
  const grown = (part: object) => ' '.repeat(MAX_KNOWN) + Object.values(part).map(inner => JSON.stringify(inner))
  return JSON.stringify(value, (_, part) => (isIntrinsic(part) ? grown(part) : part)).length
}

/** The framework creates the log group. */
function logStatement(functionName: string): Statement {
  const Resource = ownArn('logs', `log-group:/aws/lambda/${functionName}:*`)
  return { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource }
}

/** Sending traces. X-Ray supports no narrower resource. */
export const traceStatement: Statement = {
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
}

/** Running in a VPC. EC2 supports no narrower resource. Source: AWS Lambda, "Configuring permissions for Kafka event sources". */
export const networkStatement: Statement = {
  Effect: 'Allow',
  Action: [
    ...['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'],
    ...['ec2:DescribeVpcs', 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'],
  ],
  Resource: '*',
}
