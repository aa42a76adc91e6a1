import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import pMap from 'p-map'
import { isPending } from '../../plan/change.ts'
import { changesOf, type Plan, planOf, refusals } from '../../plan/plan.ts'
import { changeLine, planText } from '../../plan/text.ts'
import type { DeployedTemplate } from '../../stack/stack.ts'
import type { Connector } from '../declaration/connector.ts'
import type { Answer } from './answer.ts'
import { CommandError, type StreamingContext } from './command.ts'
import type { Deployment } from './deployment.ts'
import type { PlanDocument } from './documents/plan.ts'
import { liveService, withPermissions } from './live.ts'
import type { PackagedService } from './packaged-service.ts'
import { type StackAdvice, stackAdvice } from './stack-advice.ts'

interface PlanContext {
  connectors: Connector[]
  deployment: Deployment
  packaged: PackagedService
}

/**
 * Tells what a deployment would do.
 *
 * @throws CommandError when it is not known what is deployed
 */
export async function plan({ packaged, ...context }: StreamingContext): Promise<PlanAnswer> {
  if (!packaged) throw new CommandError('plan is about what is deployed, not about a laptop.')
  return planAnswer({ ...context, packaged })
}

type PlanAnswer = Answer<PlanDocument>

/** Compares the packaged service with the deployed one. Changes nothing. */
export async function planAnswer({ connectors, deployment, packaged }: PlanContext): Promise<PlanAnswer> {
  const { stackName: name, region, template } = packaged
  const { status, template: deployed, mappings } = await liveService(name, connectors, deployment)
  const code = {
    deployed: deployed ? await deployedDigests(deployed, deployment) : new Map<string, string>(),
    declared: await packagedDigests(packaged),
  }
  const plan = planOf({ connectors, declared: template, deployed, live: mappings, code })
  const advice = stackAdvice(status)
  return {
    document: { schema: 1, stack: { name, region, status: status ?? null }, ...plan },
    text: () => textOf(packaged, plan, advice),
    failure: failureOf(plan, advice),
    pending: changesOf(plan).some(isPending),
  }
}

function textOf({ stackName, region }: PackagedService, plan: Plan, advice: StackAdvice): string {
  const body = planText(plan)
  const head = `Stack ${stackName} in ${region}: ${advice.line}`
  return [head, ...(body === '' ? [] : [body]), conclusion(plan, advice)].join('\n\n')
}

/** What a deployment would do with the lines of a plan. */
export function conclusion(plan: Plan, advice: StackAdvice): string {
  if (!changesOf(plan).some(isPending)) return 'Nothing to change.'
  return failureOf(plan, advice) === undefined
    ? 'serverless deploy would do this.'
    : 'serverless deploy would do none of this.'
}

function failureOf(plan: Plan, { refusal }: StackAdvice): string | undefined {
  const refused = refusals(plan)
  if (refusal) return refusal
  if (refused.length === 0) return undefined
  return refusalMessage(refused)
}

/** Why a deployment doesn't begin. */
export function refusalMessage(refused: ReturnType<typeof refusals>): string {
  const lines = refused.map(
    ({ connector, change }) =>
      `  ${connector}: ${changeLine(change)
        .trim()
        .replace(/^\W*! ?/, '')}`,
  )
  return `A deployment would fail, or read records twice or not at all:\n${lines.join('\n')}`
}

const REQUESTS_AT_ONCE = 8

/** The digests of the code of deployed functions, by their names. */
async function deployedDigests(
  { Resources }: DeployedTemplate,
  { codeDigest }: Deployment,
): Promise<Map<string, string>> {
  const names = functionsOf(Resources).map(({ name }) => name)
  const asked = async (name: string) => {
    const digest = await codeDigest(name).catch(error => {
      throw withPermissions(error as Error)
    })
    return digest === undefined ? [] : [[name, digest] as const]
  }
  return new Map((await pMap(names, asked, { concurrency: REQUESTS_AT_ONCE })).flat())
}

/** The digests of packaged functions, by their names. An archive that is not there, as with an image, has none. */
async function packagedDigests({ template, folder }: PackagedService): Promise<Map<string, string>> {
  const archives = new Map<string, Promise<string | undefined>>()
  const digests = functionsOf(template.Resources).map(async ({ name, archive }) => {
    if (!archive) return []
    const digest = archives.get(archive) ?? digestOf(join(folder, archive))
    archives.set(archive, digest)
    const known = await digest
    return known === undefined ? [] : [[name, known] as const]
  })
  return new Map((await Promise.all(digests)).flat())
}

function functionsOf(resources: DeployedTemplate['Resources']): { name: string; archive?: string }[] {
  return Object.values(resources)
    .filter(({ Type, Properties }) => Type === 'AWS::Lambda::Function' && typeof Properties?.FunctionName === 'string')
    .map(({ Properties }) => {
      const key = (Properties?.Code as { S3Key?: unknown } | undefined)?.S3Key
      return { name: String(Properties?.FunctionName), archive: typeof key === 'string' ? basename(key) : undefined }
    })
}

/** Source: AWS Lambda API, `FunctionConfiguration`, "CodeSha256". */
async function digestOf(file: string): Promise<string | undefined> {
  const content = await readFile(file).catch(() => undefined)
  return content && createHash('sha256').update(content).digest('base64')
}
