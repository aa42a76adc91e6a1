import type { FunctionLogs } from '../cloudwatch/logs.ts'
import type { FunctionMetrics } from '../cloudwatch/metrics.ts'
import type { DeployedMapping } from '../lambda/event-source-mappings.ts'
import type { Positions } from '../operate/positions.ts'

/** A function that accompanies a connector. */
export interface Companion {
  /** Its file in `functions/`. */
  file: string
  functionName: string
  /** Minutes from one run to the next; undefined for `check`, which commands call. */
  everyMinutes?: number
}

/** A connector whose health is wanted. */
export interface Subject {
  connector: string
  /** Service and stage, a dimension of its metrics. */
  service: string
  type: 'dump' | 'replicate'
  /** Undefined where a pattern decides. */
  topics?: string[]
  pattern?: string
  functionName: string
  /** The lag that is too much, in records. */
  mostLag: number
  /** Whether its batches are staged and compacted. */
  rotates: boolean
  companions: Companion[]
}

/** Where the figures come from: the same calls for a deployed service and a laptop. */
export interface Sources {
  /** Undefined when the function doesn't exist. */
  mappings(): Promise<DeployedMapping[] | undefined>
  /** As `problem` of Lambda's functions. */
  functionProblem(): Promise<string | null | undefined>
  /** What the function `check` tells, from inside the connector's network. */
  positions(topics: string[], since: number): Promise<Positions>
  metrics: FunctionMetrics
  logs: FunctionLogs
  /** Why an error happened, for a person. */
  reasonOf(error: unknown): string
}

/** Why fields are not known, by their names. */
export type Unknown = Record<string, string>

/** The answer of a source; without one, the fields that it would have given are unknown. */
export async function known<T>(
  answer: Promise<T>,
  fields: string[],
  unknown: Unknown,
  { reasonOf }: Pick<Sources, 'reasonOf'>,
): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    for (const field of fields) unknown[field] = reasonOf(error)
    return undefined
  }
}

/** UTC, as the model has times. */
export const timeText = (milliseconds: number) => new Date(milliseconds).toISOString()
