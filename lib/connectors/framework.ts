import type { ClientConfig } from '../lambda/client-config.ts'
import type { Log } from '../offline/log.ts'
import type { DeployedTemplate } from '../stack/stack.ts'

/** The parts of the Serverless Framework that this plugin uses. */
export interface Serverless {
  service: {
    service: string
    custom?: Record<string, unknown> & { esbuild?: { outputWorkFolder?: string } }
    functions: Record<string, unknown>
    resources?: { Resources?: Record<string, unknown>; extensions?: Record<string, unknown> }
    package: { individually?: boolean; patterns?: string[]; path?: string }
    provider: {
      runtime?: string
      architecture?: string
      layers?: unknown[]
      environment?: Record<string, unknown>
      tracing?: { lambda?: unknown }
      vpc?: unknown
      logRetentionInDays?: number
      /** What will be deployed; set once the service is packaged. */
      compiledCloudFormationTemplate?: DeployedTemplate
    }
  }
  processedInput: { commands: string[] }
  /** The service's file, with its variables resolved. */
  configurationInput?: Record<string, unknown>
  pluginManager: { plugins: object[]; spawn(command: string): Promise<void> }
  /** The folder of the service, and its file there. */
  serviceDir?: string
  configurationFilename?: string
  getProvider(name: 'aws'): {
    getStage(): string
    getRegion(): string
    naming: { getStackName(): string }
    getAwsSdkV3Config?(): Promise<ClientConfig>
    /** The account to which the credentials belong. */
    getAccountId?(): Promise<string>
  }
  configSchemaHandler: {
    defineTopLevelProperty(name: string, schema: object): void
    defineCustomProperties(schema: object): void
  }
  classes: { Error: new (message: string, code: string) => Error }
}

/** The framework's output for plugins. */
export interface Utilities {
  log: Log
  /** Prints a result. */
  writeText(text: string): void
}

/** Options of the command line. */
export interface Options {
  /** Whether a command is about the stack on this machine. */
  local?: boolean
  [name: string]: unknown
}

/** A plugin that the service lists, by the name of its class: it may come from a package or from a file. */
export function findPlugin({ pluginManager }: Serverless, name: string): object | undefined {
  return pluginManager.plugins.find(plugin => plugin.constructor.name === name)
}

/** Ends the command with a message and without a stack trace. */
export function fail({ classes }: Serverless, message: string): never {
  throw new classes.Error(message, 'CONNECTORS_INVALID')
}

/** Reads something that the user wrote; an error ends the command with its message. */
export function checked<T>(serverless: Serverless, read: () => T): T {
  try {
    return read()
  } catch (error) {
    return fail(serverless, (error as Error).message)
  }
}
