import type { History } from '../../health/history.ts'
import type { DocumentOf } from './document.ts'

export type { Series } from '../../health/history.ts'

/** What the console shows everywhere. */
export interface ServiceAnswer {
  /** Service and stage: the start of every function's name. */
  service: string
  /** Whether it runs on this machine. */
  isLocal: boolean
  /** Where it is deployed. */
  region: string
  connectors: { name: string; type: 'dump' | 'replicate'; topics: string[] | null; pattern: string | null }[]
}

export type HistoryAnswer = History

/** A line of a log. Somebody who begins to look again may get lines that were sent before. */
export type ShownLine = DocumentOf<'logs'> & {
  /** Unique in the log of its function. */
  id: string
}

export interface DeclarationAnswer {
  /** The connector's declaration as YAML, as it is written. Secrets are left out. */
  yaml: string
  flow: Flow
}

/** What records pass through, by names. */
export interface Flow {
  /** As declared: by name, or those that match a pattern. */
  topics: string[]
  pattern: string | null
  functionName: string
  /** The consumer group of a topic's mapping, with `{topic}` in place of the topic. */
  consumerGroup: string
  policy: 'log' | 'fail'
  target:
    | { kind: 'bucket'; bucket: string; prefix: string; format: string; isStaged: boolean }
    | { kind: 'cluster'; alias: string; servers: string[] }
  /** The topic for records that can't be decoded. */
  abnormal?: string
  /** Where records go that can't be delivered: a topic, or an AWS resource. */
  deadLetter?: { kind: 'topic' | 'sqs' | 'sns' | 's3'; name: string }
}

/** The cost of a month in dollars, at the rate of the last 24 hours. */
export interface CostAnswer {
  /** Whether anything ran in that time. */
  isKnown: boolean
  /** The time from which it is reckoned, in milliseconds: shorter than a day when it has not run for longer. */
  spanMs: number
  parts: { what: string; dollars: number; reckoning: string }[]
  dollars: number
  /** What is not in it, and whose prices are meant. */
  notes: string[]
}
