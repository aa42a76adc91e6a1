import type { PausedConnector } from '../plan/paused.ts'
import { faultLine } from './checks/fault.ts'
import { warnings } from './checks/warning.ts'
import { type CommandName, commandNames, needsConnectors } from './commands/definition.ts'
import type { Deployment } from './commands/deployment.ts'
import type { Connector } from './declaration/connector.ts'
import { type Declared, defineDeclaration, findDeclared } from './declared.ts'
import { checked, fail, type Options, type Serverless, type Utilities } from './framework.ts'
import { type FrameworkCommands, frameworkCommands } from './framework-commands.ts'
import { invokeFolders, offlineFolder, writeLocalHandlers } from './local-handlers.ts'
import { mappingHooks } from './local-mappings.ts'
import { localConfig, localExpansion, useEnvironment } from './local-service.ts'
import { makeEsbuildFolder, writePackages } from './package-files.ts'
import { packageService, stackOf } from './packaged.ts'
import { chosenFunctions, inheritedVariables, placedFunctions } from './placed-functions.ts'
import { readConnectors } from './reader.ts'
import { type Expansion, expand } from './resources/expansion.ts'
import type { CommonOptions } from './run-command.ts'
import {
  addExpansion,
  awsConfig,
  checkAccounts,
  checkResourceCount,
  isPackaging,
  serviceContext,
  serviceName,
} from './service.ts'

type Commands = typeof import('./commands/index.ts')

/** Under this command, connectors run against the laptop's clusters and store. */
const LOCAL_COMMAND = 'offline'

const NO_CONNECTORS = 'This service declares no connectors. Name another service with --config <file>.'

const inheritedWarning = (name: string) =>
  `provider.environment.${name}: connectors read it as well, and it changes what they do; expected it under the functions that need it`

/**
 * Expands the connectors that a service declares into functions, event source mappings, roles and buckets, as if its file declared
 * all of it, and brings the functions' code: packages for a deployment, handlers for this machine. The service's own functions are
 * left alone.
 */
export default class ServerlessConnectors {
  readonly commands: FrameworkCommands
  readonly hooks
  readonly #serverless: Serverless
  readonly #options: Options
  readonly #utilities: Utilities
  #declared: Declared | undefined
  #connectors: Connector[] = []
  /** The connectors' functions as they are deployed. */
  #functions: Expansion['functions'] = {}
  /** The connectors that this deployment leaves paused. */
  #paused: PausedConnector[] = []
  /** What a deployment or a removal ends with. */
  #summary = ''

  constructor(serverless: Serverless, options: Options, utilities: Utilities) {
    this.#serverless = serverless
    this.#options = options
    this.#utilities = utilities
    this.commands = frameworkCommands(serverless)
    this.hooks = this.#hooks()
    defineDeclaration(serverless)
  }

  #hooks() {
    return {
      initialize: () => this.#expand(),
      'before:package:createDeploymentArtifacts': () => this.#package(),
      'before:deploy:function:packageFunction': () => this.#package(),
      'before:invoke:local:invoke': () => this.#placeLocally(invokeFolders(this.#serverless)),
      // Only now is it known where a bundler has put the service's own functions, whatever the order of plugins.
      'offline:start:init': () => this.#placeLocally([offlineFolder(this.#serverless, this.#options)]),
      'after:package:finalize': () => this.#hasConnectors && checkResourceCount(this.#serverless),
      'before:deploy:deploy': () => checkAccounts(this.#serverless, this.#declared?.place ?? '', this.#connectors),
      // The template is compared with the deployed one, and uploaded, from here on.
      'before:aws:deploy:deploy:checkForChanges': () => this.#prepareTemplate(),
      // As late as possible: from here until the stack has its own mappings, nothing is read.
      'before:aws:deploy:deploy:updateStack': () => this.#beforeDeploy(),
      'after:deploy:deploy': () => this.#afterDeploy(),
      'before:remove:remove': () => this.#beforeRemove(),
      // The framework's own lines come before it.
      finalize: () => this.#summary && this.#utilities.writeText(this.#summary),
      ...Object.fromEntries(commandNames.map(name => [`connectors:${name}:run`, () => this.#run(name)])),
      ...mappingHooks(this.#serverless, this.#options, this.#utilities, () => this.#hasConnectors),
    }
  }

  async #expand(): Promise<void> {
    const serverless = this.#serverless
    const [group, command] = serverless.processedInput.commands
    const isNeeded = group !== 'connectors' || needsConnectors(command, this.#options)
    const declared = findDeclared(serverless, isNeeded)
    if (!declared) return
    const { place, value } = declared
    const connectors = checked(serverless, () => readConnectors(value, serviceName(serverless), place))
    this.#declared = declared
    this.#connectors = connectors
    useEnvironment(serverless)
    const isLocal = serverless.processedInput.commands[0] === LOCAL_COMMAND
    const expansion = isLocal
      ? await localExpansion(serverless, this.#options, connectors, this.#utilities.log)
      : expand(connectors, serviceContext(serverless))
    this.#functions = expansion.functions
    if (isPackaging(serverless)) this.#warn(place)
    addExpansion(serverless, { ...expansion, functions: placedFunctions(serverless, expansion.functions) })
  }

  #warn(place: string): void {
    const { log } = this.#utilities
    for (const warning of warnings(this.#connectors)) log.warning(faultLine(place, warning))
    for (const name of inheritedVariables(this.#serverless, this.#functions)) log.warning(inheritedWarning(name))
  }

  async #package(): Promise<void> {
    if (!this.#hasConnectors) return
    await writePackages(this.#serverless, chosenFunctions(this.#functions, this.#options))
    await makeEsbuildFolder(this.#serverless)
  }

  async #placeLocally(folders: string[]): Promise<void> {
    const functions = chosenFunctions(this.#functions, this.#options)
    if (functions.length > 0) await writeLocalHandlers(folders, functions)
  }

  get #hasConnectors(): boolean {
    return this.#declared !== undefined
  }

  /** The framework would print errors on standard output, where only results belong. */
  async #run(name: CommandName): Promise<void> {
    const { createDeployment, Output } = await import('./commands/index.ts')
    const { runCommand } = await import('./run-command.ts')
    const serverless = this.#serverless
    const isLocal = this.#options.local ?? false
    process.exitCode = await runCommand(name, {
      options: this.#options as CommonOptions,
      output: new Output(process.stdout),
      errors: new Output(process.stderr),
      open: async () => {
        if (!this.#hasConnectors && needsConnectors(name, this.#options)) fail(serverless, NO_CONNECTORS)
        const config = isLocal ? localConfig(serverless, this.#options) : await awsConfig(serverless)
        return {
          connectors: this.#connectors,
          deployment: createDeployment(serviceName(serverless), config, { isLocal }),
          packaged: name === 'plan' ? await packageService(serverless, this.#options) : undefined,
        }
      },
    })
    // Whatever the console was just asked may take minutes, and nobody sees the answer any more.
    if (name === 'console') process.exit()
  }

  async #prepareTemplate(): Promise<void> {
    const { compiledCloudFormationTemplate: template } = this.#serverless.service.provider
    if (!template) return
    await this.#with(async (deployment, { prepareTemplate }) => {
      this.#paused = await prepareTemplate(this.#connectors, deployment, { ...stackOf(this.#serverless), template })
    })
  }

  async #beforeDeploy(): Promise<void> {
    await this.#with((deployment, { beforeDeploy }) => beforeDeploy(this.#connectors, deployment))
  }

  async #afterDeploy(): Promise<void> {
    await this.#with(async (deployment, { afterDeploy, deploySummary }) => {
      await afterDeploy(this.#connectors, deployment, this.#utilities.log)
      this.#summary = await deploySummary(this.#connectors, deployment, stackOf(this.#serverless), this.#paused)
    })
  }

  async #beforeRemove(): Promise<void> {
    await this.#with(async (deployment, { beforeRemove, removeSummary }) => {
      this.#summary = await removeSummary(this.#connectors, deployment, stackOf(this.#serverless))
      await beforeRemove(deployment)
    })
  }

  /** Works with the deployed service. AWS's clients are slow to load, so only what needs them loads them. */
  async #with(work: (deployment: Deployment, library: Commands) => Promise<void>): Promise<void> {
    if (!this.#hasConnectors) return
    const library = await import('./commands/index.ts')
    const config = await awsConfig(this.#serverless)
    try {
      await work(library.createDeployment(serviceName(this.#serverless), config, { isLocal: false }), library)
    } catch (error) {
      fail(this.#serverless, (error as Error).message)
    }
  }
}
