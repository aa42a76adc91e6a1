import { setTimeout as sleep } from 'node:timers/promises'
import { FunctionError, isMissing } from '../../lambda/functions.ts'
import type { CheckAnswers, CheckRequest } from '../../operate/check-request.ts'
import type { TestRecord } from '../../operate/test-record.ts'
import type { Connector } from '../declaration/connector.ts'
import { defaultBatch } from '../resources/mapping.ts'
import { type CommandContext, CommandError, connectorNamed, reasonOf } from './command.ts'
import type { Deployment } from './deployment.ts'
import type { CommandResult } from './documents/index.ts'

export interface TestOptions {
  name: string
  topic: string
  key?: string
  value?: string
  partition?: string
  /** `name=value` each. */
  header?: string[]
  /** Seconds; by default, as long as a batch may take. */
  timeout?: string
}

/** Seconds in addition to the batch window: for the poller, the function and a cold start. */
const PATIENCE_S = 90
/** Between two searches, each of which is an invocation. */
const PAUSE_MS = 1_000

/** Sends a record and waits until it is in the bucket or the target topic. It is a failure when it does not arrive. */
export async function test(
  { connectors, deployment, write }: CommandContext,
  options: TestOptions,
  signal?: AbortSignal,
): Promise<CommandResult<'test'>> {
  const connector = connectorNamed(options.name, connectors)
  const seconds = secondsOf(options, connector)
  const record = recordOf(options)
  await refuseUnread(connector, options.topic, deployment)
  const sent = await ask(connector, { action: 'send', record }, deployment)
  const { topic, partition, offset } = sent
  write(`Sent to ${topic}, partition ${partition}, offset ${offset}.`)
  const window = windowOf(connector)
  if (window > 1) write(`Waiting: a batch may take ${window} s to fill.`)
  const start = Date.now()
  let found: CheckAnswers['find'] = null
  while (!found && Date.now() - start < seconds * 1000) {
    found = await ask(connector, { action: 'find', sent }, deployment)
    if (!found) await sleep(PAUSE_MS, undefined, { signal })
  }
  const took = Math.round((Date.now() - start) / 100) / 10
  const arrived = found !== null
  return {
    document: {
      schema: 1,
      connector: connector.name,
      sent: { topic, partition, offset },
      arrived,
      seconds: took,
      found,
    },
    text: () => (found ? `Arrived after ${took.toFixed(1)} s: ${describeLocation(found)}` : 'It did not arrive.'),
    failure: arrived
      ? undefined
      : `The record did not arrive within ${seconds} s. To see why, run serverless connectors logs --name ${connector.name}`,
  }
}

function recordOf(options: TestOptions): TestRecord {
  const { topic, key = null, value = null, partition, header = [] } = options
  if (partition !== undefined && !/^\d+$/.test(partition))
    throw new CommandError(`--partition: expected a whole number from 0, got ${partition}`)
  const wrong = header.find(text => !/^[^=]+=/.test(text))
  if (wrong !== undefined) throw new CommandError(`--header: expected name=value, got ${wrong}`)
  const headers = header.map(text => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const)
  return {
    ...{ topic, key, value, headers: Object.fromEntries(headers) },
    ...(partition === undefined ? {} : { partition: Number(partition) }),
  }
}

async function ask<Action extends CheckRequest['action']>(
  connector: Connector,
  request: Extract<CheckRequest, { action: Action }>,
  deployment: Deployment,
): Promise<CheckAnswers[Action]> {
  try {
    return await deployment.ask(connector, request)
  } catch (error) {
    if (!isMissing(error) && !(error instanceof FunctionError)) throw error
    const done = request.action === 'send' ? 'sent' : 'looked for'
    throw new CommandError(
      `The record could not be ${done}: ${reasonOf(error)}. To see what is missing, run serverless connectors check --name ${connector.name}`,
    )
  }
}

/** Refuses a topic that the connector does not read: the record would never arrive. */
async function refuseUnread(connector: Connector, topic: string, { mappingsOf }: Deployment): Promise<void> {
  const mappings = (await mappingsOf(connector)) ?? []
  const mapping = mappings.find(mapping => mapping.topic === topic)
  if (!mapping) {
    const topics = mappings.map(mapping => mapping.topic).join(', ') || 'none'
    throw new CommandError(`${connector.name} has no mapping for ${topic}; it reads ${topics}.`)
  }
  if (mapping.state !== 'Enabled') {
    throw new CommandError(
      `${connector.name} does not read ${topic}: its mapping is ${mapping.state.toLowerCase()}. To enable it, run serverless connectors resume --name ${connector.name}`,
    )
  }
}

function secondsOf({ timeout }: TestOptions, connector: Connector): number {
  if (timeout === undefined) return windowOf(connector) + PATIENCE_S
  if (!/^[1-9]\d{0,8}$/.test(timeout))
    throw new CommandError(`--timeout: expected a whole number of seconds from 1, got ${timeout}`)
  return Number(timeout)
}

function windowOf({ declaration, kind }: Connector): number {
  return declaration.batch?.windowSeconds ?? defaultBatch[kind].windowSeconds
}

function describeLocation(found: NonNullable<CheckAnswers['find']>): string {
  if ('key' in found) return `s3://${found.bucket}/${found.key}`
  return `${found.topic}, partition ${found.partition}, offset ${found.offset}`
}
