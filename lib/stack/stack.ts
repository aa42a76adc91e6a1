import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation'
import { parseJson } from '../parse-json.ts'

/** A template as it was deployed: resources by logical id. */
export interface DeployedTemplate {
  Resources: Record<string, DeployedResource>
}

export interface DeployedResource {
  Type: string
  Properties?: Record<string, unknown>
  Metadata?: Record<string, unknown>
}

/** The stack of a service. Errors are those of the SDK. */
export interface Stack {
  /**
   * What CloudFormation calls its state, such as `UPDATE_COMPLETE`; undefined when there is no stack.
   * Source: AWS CloudFormation API, `Stack`, "StackStatus".
   */
  status(name: string): Promise<string | undefined>
  /** The template that was deployed last, with CloudFormation's functions unresolved; undefined when there is none. */
  template(name: string): Promise<DeployedTemplate | undefined>
  /** The name that each resource got, by its logical id; none when there is no stack. */
  physicalIds(name: string): Promise<Map<string, string>>
}

const NOTHING: DeployedTemplate = { Resources: {} }

export function createStack(config: CloudFormationClientConfig): Stack {
  const client = new CloudFormationClient(config)
  return {
    async status(StackName) {
      const found = await unlessMissing(client.send(new DescribeStacksCommand({ StackName })))
      return found?.Stacks?.[0]?.StackStatus
    },
    async template(StackName) {
      const found = await unlessMissing(client.send(new GetTemplateCommand({ StackName })))
      if (!found) return undefined
      // The framework writes JSON. Someone who deploys YAML has other tools for it.
      const parsed = parseJson(found.TemplateBody ?? '') as Partial<DeployedTemplate> | undefined
      return { ...NOTHING, ...parsed }
    },
    async physicalIds(StackName) {
      const pages = Array.fromAsync(
        paginateListStackResources({ client }, { StackName }),
        ({ StackResourceSummaries = [] }) => StackResourceSummaries,
      )
      const found = (await unlessMissing(pages))?.flat() ?? []
      return new Map(
        found.flatMap(({ LogicalResourceId: id, PhysicalResourceId: name }) => (id && name ? [[id, name]] : [])),
      )
    },
  }
}

/** CloudFormation has no error of its own for a stack that doesn't exist. Source: API Reference, `DescribeStacks`. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    const { name, message } = error as Error
    if (name === 'ValidationError' && /does not exist/.test(message)) return undefined
    throw error
  }
}
