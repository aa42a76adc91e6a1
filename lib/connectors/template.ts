/** A resource of a CloudFormation template. */
export interface Resource {
  Type: string
  DependsOn?: string[]
  DeletionPolicy?: 'Retain'
  UpdateReplacePolicy?: 'Retain'
  Properties: Record<string, unknown>
}

export type Resources = Record<string, Resource>

/** One permission of a role. */
export interface Statement {
  Effect: 'Allow'
  Action: string[]
  Resource: unknown
}

/** A text of parts of which some only CloudFormation knows; a text when it knows all. */
export function joined(...parts: unknown[]): unknown {
  return parts.every(part => typeof part === 'string') ? parts.join('') : { 'Fn::Join': ['', parts] }
}

/** An ARN of the account and region of the stack. */
export function ownArn(service: string, resource: string): unknown {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}` }
}

export function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined
}
