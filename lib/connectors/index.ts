import { type Bundling, bundling, sharePackages } from '../bundling.ts'
import type { KafkaSettings } from '../kafka/client/settings.ts'
import type { ClientConfig } from '../lambda/client-config.ts'
import type { Log } from '../offline/log.ts'
import { apiPortOf, functionsEndpoint, readSettings, SETTINGS_NAME } from '../offline/settings.ts'
import { type CommandName, commandNames, definitions } from './commands/definition.ts'
import type { Deployment } from './commands/deployment.ts'
import type { Connector } from './declaration/connector.ts'
import { DECLARATION_NAME } from './declaration/declaration.ts'
import { localFunctions, localMatches, localTarget, reversedMappings } from './local.ts'
import { readConnectors } from './reader.ts'
import { type Expansion, expand, type ServiceContext } from './resources/expansion.ts'

/** What this plugin uses of the Serverless Framework. */
interface Serverless {
  service: {
    service: string
    custom?: Record<string, unknown> & { esbuild?: Bundling }
    functions: Record<string, unknown>
    resources?: { Resources?: Record<string, unknown> }
    package: { individually?: boolean }
    provider: {
      tracing?: { lambda?: unknown }
      vpc?: unknown
      logRetentionInDays?: number
      /** What is deployed, once it is packaged. */
      compiledCloudFormationTemplate?: { Resources: Record<string, unknown> }
    }
  }
  processedInput: { commands: string[] }
  getProvider(name: 'aws'): { getStage(): string; getRegion(): string; getAwsSdkV3Config?(): Promise<ClientConfig> }
  configSchemaHandler: { defineCustomProperties(schema: object): void }
  classes: { Error: new (message: string, code: string) => Error }
}

type Commands = typeof import('./commands/index.ts')

/** What the framework gives plugins to speak with. */
interface Utilities {
  log: Log
  /** Prints a result. */
  writeText(text: string): void
}

interface Options {
  /** Whether a command is about the stack on this machine. */
  local?: boolean
  [name: string]: unknown
}

/** Under this command connectors run against what is on the laptop. */
const LOCAL_COMMAND = 'offline'

/** These zip all functions. Others bundle one by itself, or serve what was bundled without a package. */
const PACKAGING_COMMANDS = ['package', 'deploy']

/** CloudFormation allows no more in one stack. */
const MAX_RESOURCES = 500

const DEFAULT_LOG_RETENTION_DAYS = 14

const NOTHING_DECLARED = `custom.${DECLARATION_NAME} is empty: the file that it names is not there, or has nothing in it.`
const NO_CONNECTORS = `This service declares no connectors, custom.${DECLARATION_NAME}. Another one is meant with --config <file>.`

/**
 * Makes functions, event source mappings, roles and buckets of the connectors that a service declares under
 * `custom.connectors`, and says how this project's functions are bundled. Listed before serverless-esbuild and
 * serverless-offline, which then find them as if they stood in serverless.yml.
 */
export default class ServerlessConnectors {
  readonly commands = {
    connectors: {
      usage: 'Look after the connectors of the service',
      commands: Object.fromEntries(
        commandNames.map(name => [name, { ...definitions[name], lifecycleEvents: ['run'] }] as const),
      ),
    },
  }
  readonly hooks = {
    initialize: () => this.#declare(),
    'after:package:finalize': () => this.#countResources(),
    // As late as can be: until the stack has its own mappings nothing is read.
    'before:aws:deploy:deploy:updateStack': () => this.#beforeDeploy(),
    'after:deploy:deploy': () => this.#afterDeploy(),
    'before:remove:remove': () => this.#beforeRemove(),
    ...Object.fromEntries(commandNames.map(name => [`connectors:${name}:run`, () => this.#run(name)])),
  }
  readonly #serverless: Serverless
  readonly #options: Options
  readonly #utilities: Utilities
  #connectors: Connector[] = []

  constructor(serverless: Serverless, options: Options, utilities: Utilities) {
    this.#serverless = serverless
    this.#options = options
    this.#utilities = utilities
    serverless.configSchemaHandler.defineCustomProperties({ properties: { [DECLARATION_NAME]: {} } })
  }

  async #declare() {
    const { service } = this.#serverless
    service.custom = { ...service.custom, esbuild: { ...bundling, ...service.custom?.esbuild } }
    const declared = service.custom?.[DECLARATION_NAME]
    if (declared === undefined) return
    if (declared === null) this.#fail({ message: NOTHING_DECLARED })
    const name = this.#name
    const connectors = this.#checked(() => readConnectors(declared, name))
    this.#connectors = connectors
    const isLocal = this.#serverless.processedInput.commands[0] === LOCAL_COMMAND
    this.#add(await (isLocal ? this.#localExpansion(connectors, name) : expand(connectors, this.#context(name))))
  }

  /** False: another service, which has the plugin for its bundles only. */
  get #hasConnectors(): boolean {
    return this.#serverless.service.custom?.[DECLARATION_NAME] !== undefined
  }

  /** Service and stage, with which names begin. */
  get #name(): string {
    return `${this.#serverless.service.service}-${this.#serverless.getProvider('aws').getStage()}`
  }

  async #run(name: CommandName): Promise<void> {
    if (!this.#hasConnectors) this.#fail({ message: NO_CONNECTORS })
    await this.#with(this.#options.local ?? false, async (deployment, { commands }) => {
      const write = (text: string) => this.#utilities.writeText(text)
      await commands[name]({ connectors: this.#connectors, deployment, write }, this.#options as never)
    })
  }

  async #beforeDeploy(): Promise<void> {
    await this.#with(false, (deployment, { beforeDeploy }) => beforeDeploy(this.#connectors, deployment))
  }

  async #afterDeploy(): Promise<void> {
    await this.#with(false, (deployment, { afterDeploy }) =>
      afterDeploy(this.#connectors, deployment, this.#utilities.log),
    )
  }

  async #beforeRemove(): Promise<void> {
    await this.#with(false, (deployment, { beforeRemove }) => beforeRemove(deployment))
  }

  /** Works with what was deployed, or with what runs here. Its clients of AWS take their time to load. */
  async #with(isLocal: boolean, work: (deployment: Deployment, library: Commands) => Promise<void>): Promise<void> {
    if (!this.#hasConnectors) return
    const library = await import('./commands/index.ts')
    const config = isLocal ? this.#localConfig() : await this.#awsConfig()
    try {
      await work(library.createDeployment(this.#name, config, { isLocal }), library)
    } catch (error) {
      this.#fail({ message: library.explain(error as Error, config) })
    }
  }

  /** Where the service's own process answers. See `lib/offline/lambda-api.ts`. */
  #localConfig(): ClientConfig {
    const { custom } = this.#serverless.service
    const port = apiPortOf(
      this.#checked(() => readSettings(custom)),
      functionsEndpoint(custom, this.#options),
    )
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    return { endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', credentials }
  }

  /** With the credentials that the framework deploys with; where it doesn't tell them, the SDK's own. */
  async #awsConfig(): Promise<ClientConfig> {
    const provider = this.#serverless.getProvider('aws')
    return (await provider.getAwsSdkV3Config?.()) ?? { region: provider.getRegion() }
  }

  #context(service: string): ServiceContext {
    const { tracing, vpc, logRetentionInDays } = this.#serverless.service.provider
    return {
      service,
      isTraced: Boolean(tracing?.lambda),
      hasVpc: Boolean(vpc),
      logRetentionDays: logRetentionInDays ?? DEFAULT_LOG_RETENTION_DAYS,
      matches: new Map(),
    }
  }

  async #localExpansion(connectors: Connector[], service: string): Promise<Expansion> {
    const clusters = { source: this.#localCluster(), target: this.#checked(() => localTarget(process.env)) }
    const matches = clusters.source
      ? await localMatches(connectors, clusters).catch(error => this.#fail(error))
      : new Map<string, string[]>()
    for (const [name, topics] of matches) {
      if (topics.length === 0) this.#utilities.log.warning(`Kafka  no topic matches the pattern of ${name}`)
    }
    const { functions, resources } = expand(connectors, { ...this.#context(service), matches })
    const place = { ...clusters, environment: process.env, lambda: this.#localConfig() }
    this.#setMappings(reversedMappings(connectors, clusters))
    return { functions: localFunctions(functions, connectors, place), resources }
  }

  /** Tells serverless-offline-kafka of the functions whose mappings read another cluster. */
  #setMappings(functions: Record<string, object>) {
    const { service } = this.#serverless
    const settings = service.custom?.[SETTINGS_NAME] as Record<string, object> | undefined
    const all = { ...functions, ...settings?.functions }
    service.custom = { ...service.custom, [SETTINGS_NAME]: { ...settings, functions: all } }
  }

  /** The cluster that all mappings read on this laptop, when there is one for all. */
  #localCluster(): KafkaSettings | undefined {
    const { brokers, connection } = this.#checked(() => readSettings(this.#serverless.service.custom))
    return brokers && { ...connection, brokers }
  }

  #add({ functions, resources }: Expansion) {
    const { service } = this.#serverless
    const taken = Object.keys(functions).find(key => key in service.functions)
    if (taken) this.#fail({ message: `The connector ${taken} has the same name as a function of the service.` })
    service.package.individually = true
    if (PACKAGING_COMMANDS.includes(this.#serverless.processedInput.commands.join(' '))) {
      sharePackages(functions, service.custom?.esbuild?.outputWorkFolder)
    }
    Object.assign(service.functions, functions)
    service.resources = {
      ...service.resources,
      Resources: { ...service.resources?.Resources, ...resources },
    }
  }

  /** Once the framework has put the whole template together, with what it adds itself, and before anything is deployed. */
  #countResources() {
    if (!this.#hasConnectors) return
    const { Resources } = this.#serverless.service.provider.compiledCloudFormationTemplate ?? {}
    const count = Object.keys(Resources ?? {}).length
    if (count <= MAX_RESOURCES) return
    const message = `The service would have ${count} resources; CloudFormation allows ${MAX_RESOURCES}.`
    this.#fail({ message: `${message} Split the connectors over several services.` })
  }

  #checked<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      return this.#fail(error as Error)
    }
  }

  #fail({ message }: { message: string }): never {
    throw new this.#serverless.classes.Error(message, 'CONNECTORS_INVALID')
  }
}
