import { allow, ownArn, type Statement } from '../../cloudformation/template.ts'

/**
 * Finding and deleting mappings of the service's functions, and holding and running its functions `reconcile`. All functions of
 * the service: a deployment no longer knows the connectors that it removes, and long names end in a digest.
 */
export function settleStatements(service: string): Statement[] {
  const functions = ownArn('lambda', `function:${service}-*`)
  return [
    // Lambda supports no narrower resource for a list.
    ...allow(['lambda:ListEventSourceMappings'], ['*']),
    {
      ...{ Effect: 'Allow', Action: ['lambda:DeleteEventSourceMapping'], Resource: ['*'] },
      Condition: { ArnLike: { 'lambda:FunctionArn': functions } },
    },
    ...allow(['lambda:ListTags'], [ownArn('lambda', 'event-source-mapping:*')]),
    ...allow(
      ['lambda:GetFunction', 'lambda:InvokeFunction', 'lambda:TagResource', 'lambda:UntagResource'],
      [functions],
    ),
  ]
}
