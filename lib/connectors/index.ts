import { bundling, sharePackages } from './bundling.ts'
import { DECLARATION_NAME } from './declaration.ts'
import { type Expansion, expand } from './expansion.ts'
import { readConnectors } from './reader.ts'

/** What this plugin uses of the Serverless Framework. */
interface Serverless {
  service: {
    service: string
    custom?: Record<string, unknown>
    functions: Record<string, unknown>
    resources?: { Resources?: Record<string, unknown> }
    package: { individually?: boolean }
    provider: { tracing?: { lambda?: unknown }; logRetentionInDays?: number }
  }
  getProvider(name: 'aws'): { getStage(): string }
  configSchemaHandler: { defineCustomProperties(schema: object): void }
  classes: { Error: new (message: string, code: string) => Error }
}

interface Options {
  /** Set when a single function is deployed. */
  function?: string
}

/** CloudFormation allows no more in one stack. */
const MOST_RESOURCES = 500

const DEFAULT_LOG_RETENTION_DAYS = 14

/**
 * Makes functions, event source mappings, roles and buckets of the connectors that a service declares under
 * `custom.connectors`. Listed before serverless-esbuild and serverless-offline, which then find them as if they stood in
 * serverless.yml.
 */
export default class ServerlessConnectors {
  readonly hooks = { initialize: () => this.#declare() }
  readonly #serverless: Serverless
  readonly #options: Options

  constructor(serverless: Serverless, options: Options) {
    this.#serverless = serverless
    this.#options = options
    serverless.configSchemaHandler.defineCustomProperties({ properties: { [DECLARATION_NAME]: { type: 'object' } } })
  }

  #declare() {
    const { service } = this.#serverless
    const declared = service.custom?.[DECLARATION_NAME]
    if (!declared) return
    const name = `${service.service}-${this.#serverless.getProvider('aws').getStage()}`
    const connectors = this.#checked(() => readConnectors(declared, name))
    const { tracing, logRetentionInDays = DEFAULT_LOG_RETENTION_DAYS } = service.provider
    const provider = { service: name, isTraced: Boolean(tracing?.lambda), logRetentionDays: logRetentionInDays }
    this.#add(expand(connectors, { ...provider, matches: new Map() }))
  }

  #add({ functions, resources }: Expansion) {
    const { service } = this.#serverless
    const taken = Object.keys(functions).find(key => key in service.functions)
    if (taken) throw this.#error(`The connector ${taken} has the name of a function that the service has already.`)
    const esbuild = { ...bundling, ...(service.custom?.esbuild as object) } as { outputWorkFolder?: string }
    service.custom = { ...service.custom, esbuild }
    service.package.individually = true
    if (this.#options.function === undefined) sharePackages(functions, esbuild.outputWorkFolder)
    Object.assign(service.functions, functions)
    service.resources = {
      ...service.resources,
      Resources: { ...service.resources?.Resources, ...resources },
    }
    const count = Object.keys(service.resources.Resources ?? {}).length + 2 * Object.keys(service.functions).length
    if (count > MOST_RESOURCES) {
      throw this.#error(
        `The service would have about ${count} resources, and CloudFormation allows ${MOST_RESOURCES}. Divide the connectors among several services.`,
      )
    }
  }

  #checked<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      throw this.#error((error as Error).message)
    }
  }

  #error(message: string): Error {
    return new this.#serverless.classes.Error(message, 'CONNECTORS_INVALID')
  }
}
