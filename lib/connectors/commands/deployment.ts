import * as z from 'zod'
import { createFunctionLogs, type FunctionLogs } from '../../cloudwatch/logs.ts'
import { createFunctionMetrics, type FunctionMetrics } from '../../cloudwatch/metrics.ts'
import { createLambdaClient } from '../../lambda/client.ts'
import type { ClientConfig } from '../../lambda/client-config.ts'
import {
  createEventSourceMappings,
  type DeployedMapping,
  type EventSourceMappings,
} from '../../lambda/event-source-mappings.ts'
import { createFunctions, FunctionError, isMissing } from '../../lambda/functions.ts'
import { holdReconcile } from '../../lambda/made-mappings.ts'
import { type CheckAnswers, type CheckRequest, isAnswer } from '../../operate/check-request.ts'
import type { Connector } from '../declaration/connector.ts'
import { MAX_TIMEOUT_S } from '../declaration/declaration.ts'
import { companionKey, connectorKey, functionName } from '../resources/function-name.ts'

/** A deployed service, or one that runs on this laptop: the same requests to another endpoint. */
export interface Deployment {
  /** Service and stage: the start of every function's name. */
  service: string
  mappings: EventSourceMappings
  logs: FunctionLogs
  metrics: FunctionMetrics
  functionName(connector: Connector): string
  /** Whether it runs on this laptop. */
  isLocal: boolean
  /** How AWS's clients reach it, with the user's own credentials. */
  config: ClientConfig
  /**
   * The environment of the function that the connector's mappings call, or of its function `check`; undefined when it is not
   * deployed.
   */
  environmentOf(connector: Connector, companion?: 'check' | 'restore'): Promise<Record<string, string> | undefined>
  /** The digest of a function's package, by the function's name; undefined when it is not deployed. */
  codeDigest(functionName: string): Promise<string | undefined>
  /** Why Lambda can't run the connector's function; null when it can; undefined when it is not deployed. */
  problemOf(connector: Connector): Promise<string | null | undefined>
  /** The connector's mappings; undefined when it is not deployed. */
  mappingsOf(connector: Connector): Promise<DeployedMapping[] | undefined>
  /** Invokes the connector's function `check`. */
  ask<Action extends CheckRequest['action']>(
    connector: Connector,
    request: Extract<CheckRequest, { action: Action }>,
  ): Promise<CheckAnswers[Action]>
  /** Has the connector's function of that file invoked with an event, and doesn't wait for it. */
  begin(connector: Connector, file: string, event: unknown): Promise<void>
  /**
   * Runs the connector's function `reconcile`, which updates its mappings to what was deployed.
   *
   * @returns the topics whose mappings are left for its next run
   */
  reconcile(connector: Connector): Promise<string[]>
  /**
   * Holds the connector's function `reconcile` while a deployment replaces it. The hold expires, so that a failed deployment
   * does not stop it for good.
   *
   * @returns false when none is deployed
   */
  holdReconcile(connector: Connector): Promise<boolean>
}

/** Longer than any invocation: a client that gives up earlier would send the same request again. */
const ANSWER_MS = (MAX_TIMEOUT_S + 10) * 1_000

/** The part of the answer of `reconcile` that a deployment needs. */
const reconciled = z.object({ left: z.array(z.string()) })

const otherAnswer = (name: string) =>
  `the function ${name} gave an answer of another form than this version of the command expects; deploy the service again`

export function createDeployment(service: string, config: ClientConfig, { isLocal }: { isLocal: boolean }): Deployment {
  const requestHandler = { connectionTimeout: 3_000, requestTimeout: ANSWER_MS }
  const client = createLambdaClient({ ...config, requestHandler })
  const mappings = createEventSourceMappings(client)
  const functions = createFunctions(client)
  const nameOf = (connector: Connector) => functionName(service, connectorKey(connector))
  return {
    service,
    mappings,
    logs: createFunctionLogs(config),
    metrics: createFunctionMetrics(config),
    functionName: nameOf,
    isLocal,
    config,
    environmentOf: (connector, companion) =>
      functions.environment(companion ? functionName(service, companionKey(connector, companion)) : nameOf(connector)),
    codeDigest: functions.codeDigest,
    problemOf: connector => functions.problem(nameOf(connector)),
    async mappingsOf(connector) {
      try {
        return await mappings.list(nameOf(connector))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async ask(connector, request) {
      const name = functionName(service, companionKey(connector, 'check'))
      // serverless-offline answers null with an empty body.
      const answer = (await functions.invoke(name, request)) ?? null
      if (!isAnswer(request.action, answer)) throw new FunctionError('Error', otherAnswer(name))
      return answer
    },
    begin: (connector, file, event) =>
      functions.invokeLater(functionName(service, companionKey(connector, file)), event),
    async reconcile(connector) {
      const name = functionName(service, companionKey(connector, 'reconcile'))
      const { data } = reconciled.safeParse(await functions.invoke(name, {}))
      if (!data) throw new FunctionError('Error', otherAnswer(name))
      return data.left
    },
    holdReconcile: connector =>
      holdReconcile(functions, mappings, functionName(service, companionKey(connector, 'reconcile'))),
  }
}
