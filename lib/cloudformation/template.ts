import { isIntrinsic } from './intrinsic.ts'

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
  Condition?: unknown
}

/** Joins parts that may be CloudFormation functions; plain text when none of them is. */
export function joined(...parts: unknown[]): unknown {
  const merged: unknown[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part
    else merged.push(part)
  }
  return merged.every(part => typeof part === 'string') ? merged.join('') : { 'Fn::Join': ['', merged] }
}

/** A value as JSON text, with CloudFormation functions in it left for CloudFormation to resolve. */
export function jsonText(value: unknown): unknown {
  const intrinsics: unknown[] = []
  const text = JSON.stringify(value, (_, part) => (isIntrinsic(part) ? `\0${intrinsics.push(part) - 1}\0` : part))
  const [first, ...others] = text.split(/\\u0000(\d+)\\u0000/)
  return joined(first, ...others.map((part, index) => (index % 2 === 0 ? intrinsics[Number(part)] : part)))
}

/** An ARN in the account and region of the stack. */
export function ownArn(service: string, resource: string): unknown {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}` }
}

export function isDefined<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** A statement that allows the actions on the resources; none without resources. */
export function allow(Action: string[], Resource: unknown[]): Statement[] {
  return Resource.length > 0 ? [{ Effect: 'Allow', Action, Resource }] : []
}
