import * as z from 'zod'
import type { DumpedPartition } from '../dumped/dumped-records.ts'
import { CodedError, type ErrorCode } from '../error.ts'
import { parseJson } from '../parse-json.ts'
import type { PlaceOutcome } from './place.ts'
import type { RestoreRequest } from './request.ts'
import type { PreparedTopic } from './restoration.ts'

/** What several invocations of one run restore. Written once, before any of them begins. */
export interface RunPlan extends AskedRequest {
  /** In milliseconds since the epoch. */
  started: number
  topics: PreparedTopic[]
  /** Invocations name them by their indexes. */
  places: DumpedPartition[]
}

/** What one invocation has done of a topic-partition. */
export interface RunPart extends PlaceOutcome {
  /** Whether no invocation continues with it: it is finished, or it failed. */
  ended: boolean
}

/** The place in a run's folder of what an invocation has done, by which it is found again. */
const PART = /^places\/(\d+)-(\d+)(-ended)?\.json$/

export interface PartName {
  /** Of the topic-partition in the plan. */
  index: number
  /** How many invocations came before this one. */
  link: number
  ended: boolean
}

export const partName = ({ index, link, ended }: PartName) => `places/${index}-${link}${ended ? '-ended' : ''}.json`

/** Undefined for other objects of a run. */
export function parsePartName(name: string): PartName | undefined {
  const [, index, link, ended] = PART.exec(name) ?? []
  return index === undefined ? undefined : { index: Number(index), link: Number(link), ended: ended !== undefined }
}

/** What a run was asked for, when its plan can't be made yet. */
export interface AskedRequest {
  schema: 1
  request: RestoreRequest
}

export function planText<Content extends AskedRequest>(content: Content): string {
  const { selection } = content.request
  const keys = selection.keys?.map(key => key.toString('base64'))
  return JSON.stringify({ ...content, request: { ...content.request, selection: { ...selection, keys } } })
}

const versioned = z.looseObject({ schema: z.literal(1) })

/** @throws CodedError `COMMIT_LOG_NEWER` for the plan of a newer version */
export function parsePlan<Content extends AskedRequest>(text: string): Content {
  const plan = parseJson(text) as Content & { request: { selection: { keys?: string[] } } }
  if (!versioned.safeParse(plan).success)
    throw new CodedError(
      'COMMIT_LOG_NEWER',
      'The plan of this restore was written by a newer version. Deploy at least that one.',
    )
  const { selection } = plan.request
  const keys = (selection.keys as string[] | undefined)?.map(key => Buffer.from(key, 'base64'))
  return { ...plan, request: { ...plan.request, selection: { ...selection, keys } } }
}

export function partText({ error, ...part }: RunPart): string {
  const { code, message, topic, partition, offset } = error ?? {}
  return JSON.stringify({ ...part, error: error && { code, message, topic, partition, offset } })
}

export function parsePart(text: string): RunPart {
  const { error, ...part } = parseJson(text) as RunPart & { error?: { code: ErrorCode; message: string } }
  return { ...part, error: error && new CodedError(error.code, error.message, error) }
}
