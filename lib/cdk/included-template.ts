import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include'
import { Token } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { isIntrinsic } from '../cloudformation/intrinsic.ts'
import type { Resources } from '../cloudformation/template.ts'
import { type DeferredValues, deferredName } from './deferred-value.ts'

/** The functions of CloudFormation with which an expansion itself composes values. Others come from the declaration. */
const COMPOSING = ['Fn::Join', 'Fn::Split', 'Fn::Select']

const PSEUDO_PARAMETER = /^AWS::/

interface Options {
  /** Placeholder for values that only the deployment knows. */
  values: DeferredValues
  /** Whether resources keep their logical ids, instead of ids that contain the construct's path. */
  keepLogicalIds: boolean
}

/**
 * Makes constructs of resources, each of the class that the CDK has for its type, so that tags and aspects reach them. What refers
 * to something outside these resources becomes a token, as the CDK would look for it in the template.
 */
export function includeResources(
  scope: Construct,
  resources: Resources,
  { values, keepLogicalIds }: Options,
): CfnInclude {
  const isOwn = (id: string) => id in resources || PSEUDO_PARAMETER.test(id)

  function included(part: unknown): unknown {
    if (typeof part !== 'object' || part === null) return part
    const name = deferredName(part)
    if (name !== undefined) return values.get(name)
    if (isIntrinsic(part) && !COMPOSING.some(known => known in part)) {
      const ids = referredIds(part)
      return ids.length > 0 && ids.every(isOwn) ? part : Token.asString(part)
    }
    if (Array.isArray(part)) return part.map(included)
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, included(value)]))
  }

  return withFile(
    JSON.stringify({ Resources: included(resources) }),
    templateFile => new CfnInclude(scope, 'Resource', { templateFile, preserveLogicalIds: keepLogicalIds }),
  )
}

/** What `Ref`, `Fn::GetAtt` and `Fn::Sub` refer to; empty for other functions. */
function referredIds(intrinsic: Record<string, unknown>): string[] {
  const [[name, argument] = []] = Object.entries(intrinsic)
  if (name === 'Ref') return [String(argument)]
  if (name === 'Fn::GetAtt')
    return [Array.isArray(argument) ? String(argument[0]) : String(argument).replace(/\..*$/, '')]
  if (name !== 'Fn::Sub' || typeof argument !== 'string') return []
  return Array.from(argument.matchAll(/\$\{([^!.}]+)[^}]*\}/g), ([, id = '']) => id)
}

/** The CDK reads templates from files only. */
function withFile<T>(text: string, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-functions-'))
  try {
    const file = join(folder, 'template.json')
    writeFileSync(file, text)
    return use(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
