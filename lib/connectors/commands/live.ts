import pMap from 'p-map'
import { REQUESTS_AT_ONCE } from '../../lambda/event-source-mappings.ts'
import { isDisabledHere } from '../../lambda/mapping-tag.ts'
import type { LiveMapping } from '../../plan/paused.ts'
import { createStack, type DeployedTemplate } from '../../stack/stack.ts'
import type { Connector } from '../declaration/connector.ts'
import { CommandError } from './command.ts'
import type { Deployment } from './deployment.ts'

/** What was deployed of a service, and how its mappings are now. */
export interface LiveService {
  /** As CloudFormation calls it; undefined when there is no stack. */
  status?: string
  template?: DeployedTemplate
  mappings: Map<string, LiveMapping[]>
}

/** Permissions that reading a deployed service takes, beyond those of a deployment. */
export const readPermissions =
  'cloudformation:DescribeStacks, cloudformation:GetTemplate, lambda:ListEventSourceMappings, lambda:ListTags and lambda:GetFunctionConfiguration'

/**
 * Asks for what is deployed.
 *
 * @throws CommandError when the caller may not ask
 */
export async function liveService(
  stackName: string,
  connectors: Connector[],
  deployment: Deployment,
): Promise<LiveService> {
  const stack = createStack(deployment.config)
  try {
    const [status, template] = await Promise.all([stack.status(stackName), stack.template(stackName)])
    const mappings = template ? await liveMappings(connectors, deployment) : new Map<string, LiveMapping[]>()
    return { status, template, mappings }
  } catch (error) {
    throw withPermissions(error as Error)
  }
}

/** The mappings of each connector as they are now, by the connector's name. */
async function liveMappings(connectors: Connector[], deployment: Deployment): Promise<Map<string, LiveMapping[]>> {
  const found = await pMap(
    connectors,
    async connector => [connector.name, await mappingsOf(connector, deployment)] as const,
    { concurrency: REQUESTS_AT_ONCE },
  )
  return new Map(found)
}

async function mappingsOf(connector: Connector, { mappingsOf, mappings }: Deployment): Promise<LiveMapping[]> {
  const found = ((await mappingsOf(connector)) ?? []).filter(({ state }) => state !== 'Deleting')
  return pMap(
    found,
    async ({ topic, state, arn, configuration }) => ({
      topic,
      state,
      isDisabledByReconcile: state.startsWith('Disabl') && isDisabledHere(await mappings.tags(arn)),
      properties: { ...configuration },
    }),
    { concurrency: REQUESTS_AT_ONCE },
  )
}

/** AWS says what the caller lacks; this adds what else is needed, so that nobody asks for one permission after another. */
export function withPermissions(error: Error): Error {
  if (!/^AccessDenied|^UnauthorizedOperation/.test(error.name)) return error
  return new CommandError(`${error.message}. Comparing with what is deployed takes ${readPermissions}.`)
}
