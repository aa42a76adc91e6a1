import { execFile } from 'node:child_process'
import { promisify, stripVTControlCharacters } from 'node:util'
import { type Connector, isReversed } from '../lib/connectors/declaration/connector.ts'
import { DECLARATION_NAME } from '../lib/connectors/declaration/declaration.ts'
import { readConnectors } from '../lib/connectors/reader.ts'
import { failureTopics } from '../lib/connectors/resources/environment.ts'
import { compileCache } from './cache.ts'
import { frameworkMessage } from './framework.ts'
import type { Service } from './service.ts'

/** What a service needs to run here. */
export interface Declared {
  /** Service and stage: the start of every function's name. */
  service: string
  connectors: Connector[]
  /** What it runs: its connectors and its own functions with a Kafka trigger. */
  names: string[]
  /** Topics to create: those that are read, and those for failed records. */
  topics: string[]
  /** Topics to create on the target, for reversed replications. */
  targetTopics: string[]
  /** Whether records go to another cluster. */
  hasTarget: boolean
  /** The service’s port for functions, as its file says it. */
  lambdaPort?: number
}

/** The part of a service’s file that is read here, with its variables resolved. */
interface Configuration {
  service?: string
  provider?: { stage?: string }
  connectors?: unknown
  custom?: { connectors?: unknown; 'serverless-offline'?: { lambdaPort?: number | string } }
  functions?: Record<string, { events?: { kafka?: Trigger; msk?: Trigger }[] } | null>
}

interface Trigger {
  topic?: string
}

/** The framework's own. */
const DEFAULT_STAGE = 'dev'

/**
 * Reads what a service declares, through its framework, which resolves variables.
 *
 * @throws one error that lists everything that is wrong with it
 */
export async function readDeclared(service: Service): Promise<Declared> {
  const configuration = await printed(service)
  const { custom, functions } = configuration
  const [place, declared] =
    configuration.connectors === undefined
      ? [`custom.${DECLARATION_NAME}`, custom?.connectors]
      : [DECLARATION_NAME, configuration.connectors]
  const name = `${configuration.service}-${configuration.provider?.stage ?? DEFAULT_STAGE}`
  const connectors = declared === undefined || declared === null ? [] : readConnectors(declared, name, place)
  const triggered = Object.entries(functions ?? {}).map(([name, definition]) => {
    const triggers = (definition?.events ?? []).flatMap(({ kafka, msk }) => [kafka, msk])
    return { name, topics: triggers.flatMap(trigger => trigger?.topic ?? []) }
  })
  const own = triggered.filter(({ topics }) => topics.length > 0)
  const lambdaPort = Number(custom?.['serverless-offline']?.lambdaPort)
  return {
    ...{ service: name, connectors },
    names: unique([...connectors.map(({ name }) => name), ...own.map(({ name }) => name)]),
    topics: unique([
      ...topicsOf(connectors.filter(connector => !isReversed(connector))),
      ...own.flatMap(({ topics }) => topics),
    ]),
    targetTopics: topicsOf(connectors.filter(isReversed)),
    hasTarget: connectors.some(({ kind }) => kind === 'replicate'),
    ...(lambdaPort > 0 && { lambdaPort }),
  }
}

async function printed({ folder, config, serverless, environment }: Service): Promise<Configuration> {
  const command = [serverless, 'print', '--config', config, '--format', 'json']
  const env = { ...process.env, ...compileCache, ...environment }
  try {
    const options = { cwd: folder, env, maxBuffer: 100 * 1024 * 1024 }
    const { stdout } = await promisify(execFile)(process.execPath, command, options)
    return JSON.parse(stdout.slice(stdout.indexOf('{')))
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    if (stdout === undefined) throw error
    throw new Error(frameworkMessage(stripVTControlCharacters(stdout).split('\n')))
  }
}

function topicsOf(connectors: Connector[]): string[] {
  return unique(connectors.flatMap(connector => [...(connector.source.topics ?? []), ...failureTopics(connector)]))
}

function unique(names: string[]): string[] {
  return [...new Set(names)]
}
