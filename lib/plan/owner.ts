import { logicalIdOf } from '../cloudformation/intrinsic.ts'
import type { DeployedResource, DeployedTemplate } from '../stack/stack.ts'

/** A resource of a connector. */
export interface OwnedResource {
  id: string
  connector: string
  /** The file in `functions/` of the function that it belongs to, such as `dump` or `check`. */
  file: string
  /** What the logical id has behind the function's: `LambdaFunction`, `Role`, `LagAlarm`. */
  suffix: string
  resource: DeployedResource
}

/** The resources of a template by the connector that they belong to, and those that belong to none. */
export interface OwnedResources {
  connectors: Map<string, OwnedResource[]>
  others: Map<string, DeployedResource>
}

interface OwningFunction {
  prefix: string
  connector: string
  file: string
}

const FUNCTION = 'LambdaFunction'

/** What may follow a function's name in the logical id of a resource that belongs to it. */
const SUFFIX =
  /^(LambdaFunction|Role|Policy\d+|LogGroup|EventsRuleSchedule\d+|LambdaPermissionEventsRuleSchedule\d+|Mapping\w+|Table|[A-Za-z]+\d*Alarm)$/

/**
 * Says to which connector each resource of a template belongs, from the template alone: a deployed one may be of a declaration
 * that nobody has any more.
 */
export function ownedResources({ Resources }: DeployedTemplate): OwnedResources {
  const functions = Object.entries(Resources).flatMap(([id, resource]) => owningFunction(id, resource))
  const connectors = new Map<string, OwnedResource[]>()
  const others = new Map<string, DeployedResource>()
  for (const [id, resource] of Object.entries(Resources)) {
    const owner = ownerOf(id, resource, functions)
    if (!owner) others.set(id, resource)
    else connectors.set(owner.connector, [...(connectors.get(owner.connector) ?? []), owner])
  }
  return { connectors, others }
}

function owningFunction(id: string, resource: DeployedResource): OwningFunction[] {
  if (resource.Type !== 'AWS::Lambda::Function' || !id.endsWith(FUNCTION)) return []
  const { Handler = '', Environment } = (resource.Properties ?? {}) as {
    Handler?: string
    Environment?: { Variables?: Record<string, unknown> }
  }
  const connector = Environment?.Variables?.CONNECTOR_NAME
  const file = /([a-z-]+)\.handler$/.exec(Handler)?.[1]
  return typeof connector === 'string' && file ? [{ prefix: id.slice(0, -FUNCTION.length), connector, file }] : []
}

/** The function whose name the logical id begins with; the longest, as `orders-check` begins with `orders`. */
function ownerOf(id: string, resource: DeployedResource, functions: OwningFunction[]): OwnedResource | undefined {
  const called = resource.Type === 'AWS::Lambda::EventSourceMapping' && logicalIdOf(resource.Properties?.FunctionName)
  const owner = functions
    .filter(({ prefix }) =>
      called ? called === `${prefix}${FUNCTION}` : id.startsWith(prefix) && SUFFIX.test(id.slice(prefix.length)),
    )
    .toSorted((first, second) => second.prefix.length - first.prefix.length)[0]
  return owner && { id, connector: owner.connector, file: owner.file, suffix: id.slice(owner.prefix.length), resource }
}

/** The topic of a mapping. */
export function topicOf({ Properties }: DeployedResource): string {
  return String((Properties?.Topics as unknown[] | undefined)?.[0])
}

export const MAPPING = 'AWS::Lambda::EventSourceMapping'
