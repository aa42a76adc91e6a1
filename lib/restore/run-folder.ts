import pMap from 'p-map'
import type { CommitStore } from '../commits/commit-store.ts'
import { CodedError } from '../error.ts'
import { NamedRuns } from './named-runs.ts'
import type { RestoreReport } from './report.ts'
import { reportPage } from './report-page.ts'
import type { RestoreRequest } from './request.ts'
import {
  type PartName,
  parsePart,
  parsePartName,
  parsePlan,
  partName,
  partText,
  planText,
  type RunPart,
  type RunPlan,
} from './run-plan.ts'

/** What a run of a restore keeps in the bucket. */
export type RunStore = Pick<CommitStore, 'list' | 'get' | 'create' | 'put'>

/** Parts that are read at a time. Each is small: this is about waiting for the store. */
const READS_AT_ONCE = 20

/**
 * What the invocations of one run know of each other: `<prefix>/_restores/<id>/<run>/`. The plan and the parts are created once, so
 * that an invocation that Lambda repeats changes nothing of what the first one has told.
 */
export interface RunFolder {
  /** Undefined while there is none. */
  plan(): Promise<RunPlan | undefined>
  /** @returns the plan that the run has: that of another invocation, if it was first */
  createPlan(plan: RunPlan): Promise<RunPlan>
  /** What was asked for, while there is no plan yet: times that were counted from now on stay what they were. */
  request(): Promise<RestoreRequest | undefined>
  createRequest(request: RestoreRequest): Promise<void>
  addPart(name: PartName, part: RunPart): Promise<void>
  parts(): Promise<PartName[]>
  /** In the order of the invocations. */
  readParts(names: readonly PartName[]): Promise<{ name: PartName; part: RunPart }[]>
  /** Undefined while the run isn't over. */
  report(): Promise<RestoreReport | undefined>
  /** As JSON and as a page. @returns the key of the page */
  putReport(report: RestoreReport): Promise<string>
  /** Why the run could not begin, or continue; undefined while nobody knows of anything. */
  failure(): Promise<{ code: string; message: string } | undefined>
  putFailure(error: CodedError): Promise<void>
  /** Counts how often an invocation has failed, so that its last attempt is known. @returns how often, this time included */
  countFailure(invocation: string, error: CodedError): Promise<number>
}

/** @param folder with a slash at its end */
export function createRunFolder(store: RunStore, folder: string): RunFolder {
  const json = (text: string) => ({ body: Buffer.from(text), contentType: 'application/json', metadata: {} })

  async function read<Content>(name: string, parse: (text: string) => Content): Promise<Content | undefined> {
    try {
      return parse((await store.get(folder + name)).toString())
    } catch (error) {
      if (error instanceof CodedError && error.code === 'STORE_OBJECT_MISSING') return undefined
      throw error
    }
  }

  return {
    plan: () => read('plan.json', text => parsePlan<RunPlan>(text)),
    async createPlan(plan) {
      if (await store.create({ key: `${folder}plan.json`, ...json(planText(plan)) })) return plan
      return (await read('plan.json', text => parsePlan<RunPlan>(text))) ?? plan
    },
    request: async () => (await read('request.json', parsePlan))?.request,
    async createRequest(request) {
      await store.create({ key: `${folder}request.json`, ...json(planText({ schema: 1, request })) })
    },
    async addPart(name, part) {
      await store.create({ key: folder + partName(name), ...json(partText(part)) })
    },
    async parts() {
      const names: PartName[] = []
      for await (const { key } of store.list(`${folder}places/`)) {
        const name = parsePartName(key.slice(folder.length))
        if (name) names.push(name)
      }
      return names
    },
    async readParts(names) {
      const inOrder = names.toSorted((a, b) => a.index - b.index || a.link - b.link)
      const parts = await pMap(inOrder, async name => ({ name, part: await read(partName(name), parsePart) }), {
        concurrency: READS_AT_ONCE,
      })
      const runs = new NamedRuns()
      return parts.flatMap(({ name, part }) => (part ? [{ name, part: { ...part, place: runs.of(part.place) } }] : []))
    },
    report: () => read('report.json', text => JSON.parse(text)),
    async putReport(report) {
      const key = `${folder}report.html`
      await store.put({
        key,
        body: Buffer.from(reportPage(report)),
        contentType: 'text/html; charset=utf-8',
        metadata: {},
      })
      // Last, as whoever waits for the run looks for this one.
      await store.put({ key: `${folder}report.json`, ...json(JSON.stringify(report)) })
      return key
    },
    failure: () => read('failure.json', text => JSON.parse(text)),
    async putFailure({ code, message }) {
      await store.put({ key: `${folder}failure.json`, ...json(JSON.stringify({ code, message })) })
    },
    async countFailure(invocation, { code, message }) {
      for (let times = 1; ; times += 1) {
        const key = `${folder}failures/${invocation}-${times}.json`
        if (await store.create({ key, ...json(JSON.stringify({ code, message })) })) return times
      }
    },
  }
}
