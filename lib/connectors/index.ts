import { bundling } from '../bundling.ts'
import { faultLine } from './checks/fault.ts'
import { warnings } from './checks/warning.ts'
import { type CommandName, commandNames, definitions } from './commands/definition.ts'
import type { Deployment } from './commands/deployment.ts'
import type { Connector } from './declaration/connector.ts'
import { DECLARATION_NAME } from './declaration/declaration.ts'
import { checked, fail, type Options, type Serverless, type Utilities } from './framework.ts'
import { localConfig, localExpansion } from './local-service.ts'
import { readConnectors } from './reader.ts'
import { keptBuckets } from './resources/bucket.ts'
import { expand } from './resources/expansion.ts'
import {
  addExpansion,
  awsConfig,
  checkAccounts,
  checkResourceCount,
  isPackaging,
  nothingDeclared,
  serviceContext,
  serviceName,
} from './service.ts'

type Commands = typeof import('./commands/index.ts')

/** Under this command, connectors run against the laptop's clusters and store. */
const LOCAL_COMMAND = 'offline'

const NO_CONNECTORS = `This service declares no connectors (custom.${DECLARATION_NAME}). Name another service with --config <file>.`

/** The exit code by which shells tell that Ctrl-C ended a program. */
const INTERRUPTED = 130

/** Only the exit code tells of Ctrl-C: the framework would print an error as a fault of its own. */
function interruption(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    process.exitCode = INTERRUPTED
    controller.abort()
  })
  return controller.signal
}

/**
 * Expands the connectors declared under `custom.connectors` into functions, event source mappings, roles and buckets, and
 * configures how this project's functions are bundled. Listed before serverless-esbuild and serverless-offline, which then
 * find all of it as if serverless.yml declared it.
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
    initialize: () => this.#expand(),
    'after:package:finalize': () => this.#hasConnectors && checkResourceCount(this.#serverless),
    'before:deploy:deploy': () => checkAccounts(this.#serverless, this.#connectors),
    // As late as possible: from here until the stack has its own mappings, nothing is read.
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

  async #expand(): Promise<void> {
    const serverless = this.#serverless
    const { service, processedInput } = serverless
    service.custom = { ...service.custom, esbuild: { ...bundling, ...service.custom?.esbuild } }
    if (!this.#hasConnectors) return
    const declared = service.custom[DECLARATION_NAME]
    if (declared === null) fail(serverless, nothingDeclared(serverless))
    const connectors = checked(serverless, () => readConnectors(declared, serviceName(serverless)))
    this.#connectors = connectors
    if (isPackaging(serverless)) this.#warn(connectors)
    const isLocal = processedInput.commands[0] === LOCAL_COMMAND
    const expansion = isLocal
      ? await localExpansion(serverless, this.#options, connectors, this.#utilities.log)
      : expand(connectors, serviceContext(serverless))
    addExpansion(serverless, expansion)
  }

  #warn(connectors: Connector[]): void {
    for (const warning of warnings(connectors)) {
      this.#utilities.log.warning(faultLine(`custom.${DECLARATION_NAME}`, warning))
    }
  }

  /** Whether the service declares connectors. Others use the plugin for their bundles only. */
  get #hasConnectors(): boolean {
    return this.#serverless.service.custom?.[DECLARATION_NAME] !== undefined
  }

  async #run(name: CommandName): Promise<void> {
    if (!this.#hasConnectors) fail(this.#serverless, NO_CONNECTORS)
    await this.#with(this.#options.local ?? false, async (deployment, { commands, Output }) => {
      const write = (text: string) => this.#utilities.writeText(text)
      const output = new Output(process.stdout)
      const context = { connectors: this.#connectors, deployment, write, output, interruption }
      await commands[name](context, this.#options as never)
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
    for (const bucket of keptBuckets(this.#connectors)) {
      this.#utilities.log.notice(
        `The bucket ${bucket} is kept, with its objects. If you don't need them, delete it yourself.`,
      )
    }
  }

  /** Works with the deployed service, or with the one on this laptop. AWS's clients are slow to load, so only this loads them. */
  async #with(isLocal: boolean, work: (deployment: Deployment, library: Commands) => Promise<void>): Promise<void> {
    if (!this.#hasConnectors) return
    const library = await import('./commands/index.ts')
    const config = isLocal ? localConfig(this.#serverless, this.#options) : await awsConfig(this.#serverless)
    try {
      await work(library.createDeployment(serviceName(this.#serverless), config, { isLocal }), library)
    } catch (error) {
      fail(this.#serverless, library.explain(error as Error, config))
    }
  }
}
