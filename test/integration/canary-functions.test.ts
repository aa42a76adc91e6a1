import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, parse } from 'node:path'
import { text } from 'node:stream/consumers'
import pMap from 'p-map'
import {
  type DeployedFunctionName,
  deployedFunctions,
  SETTLE_MAPPINGS,
} from '../../lib/connectors/resources/deployed-functions.ts'
import { createTopics } from '../../local/topics.ts'
import { createCanary, findCanaries, type Searched } from '../support/canary.ts'
import {
  type CanaryNames,
  deployedCanaries,
  type Environment,
  type Fault,
  type Faulty,
  faultsOf,
  lambdaFaults,
  startFaulty,
} from '../support/canary-faults.ts'
import { all, type CanaryWorld, contents, payload, startCanaryWorld } from '../support/canary-world.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { createFunction } from '../support/moto-function.ts'
import { ServerProcess } from '../support/server-process.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { objectsIn, recordsIn } from '../support/written.ts'

const names: CanaryNames = {
  ...{ topic: uniqueName('canary'), failed: uniqueName('canary-failed') },
  ...{ source: uniqueName('here'), target: uniqueName('there') },
}

/** The signature of the address at which CloudFormation waits for an answer: anyone who has it may answer. */
const signature = createCanary('signature')
const credentials = [...all, signature]

/** What a function is told; nothing that is not here. */
const events: Partial<Record<DeployedFunctionName, unknown>> = {
  dump: records(),
  replicate: records(),
  restore: { id: 'canary' },
  check: { action: 'check', topics: [names.topic] },
}

/** A record that can be delivered, and one that has to be put aside. */
function records() {
  const record = {
    ...{ topic: names.topic, partition: 0, timestamp: 1, key: Buffer.from(payload.key.text).toString('base64') },
    headers: [{ own: [...Buffer.from(payload.header.text)] }],
  }
  const value = Buffer.from(payload.value.text).toString('base64')
  const both = [
    { ...record, offset: 0, value },
    { ...record, offset: 1, value: '*' },
  ]
  return { eventSource: 'aws:kafka', records: { [`${names.topic}-0`]: both } }
}

/** The entries of containers, each with the function that it runs, and how it is run. */
const entries: Record<
  string,
  { file: DeployedFunctionName; run(environment: Environment, ms: number): Promise<string> }
> = {
  server: { file: 'dump', run: asked },
  job: { file: 'compact', run: (environment, ms) => ended('job', environment, ms) },
  'record-job': { file: 'record-cluster', run: (environment, ms) => ended('record-job', environment, ms) },
  'restore-job': { file: 'restore', run: (environment, ms) => ended('restore-job', environment, ms) },
}

/** What only others run: the parts of entries, and the app of Azure, which hands the errors of `dump` to the host. */
const notRun = ['index', 'container', 'azure']

let world: CanaryWorld
let environments: Map<DeployedFunctionName, Environment>
let faulty: Faulty
const closing = new AsyncDisposableStack()

beforeAll(async () => {
  world = await startCanaryWorld()
  closing.defer(() => world.stop())
  faulty = await startFaulty(closing)
  environments = new Map(deployedCanaries(world, names).map(({ file, environment }) => [file, environment]))
  await Promise.all([
    createTopics(stack.connections.plaintext, { [names.topic]: 1 }),
    ...Array.from(environments.values(), ({ AWS_LAMBDA_FUNCTION_NAME = '' }) =>
      createFunction(world.moto, AWS_LAMBDA_FUNCTION_NAME),
    ),
  ])
})

afterAll(() => closing.disposeAsync())

/** Enough for what works, however busy the machine is. */
const PATIENT_MS = 60_000

/** Of which a function that repeats what fails uses all. */
const FAILING_MS = 6_000

/** Processes beside each other, which wait most of the time. */
const AT_ONCE = 4

/** Runs a function with an event. @returns what it has answered and printed */
async function invoked(file: string, environment: Environment, event: unknown, ms: number): Promise<string> {
  const function_ = new FunctionProcess(functionFile(file), environment)
  const outcome = await function_.invoke(event, ms)
  return JSON.stringify(outcome) + (await function_.stop())
}

/** Runs an entry to its end. @returns what it has printed */
async function ended(entry: string, environment: Environment, ms: number): Promise<string> {
  const child = spawn(process.execPath, [functionFile(entry)], {
    env: { PATH: process.env.PATH, TIMEOUT_SECONDS: `${ms / 1000}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return (await Promise.all([text(child.stdout), text(child.stderr)])).join('')
}

/** Starts the container's server and sends it records. @returns what it has answered and printed; or why it did not start */
async function asked(environment: Environment, ms: number): Promise<string> {
  const server = await ServerProcess.start({ TIMEOUT_SECONDS: `${ms / 1000}`, ...environment }).catch(
    (error: Error) => error,
  )
  if (server instanceof Error) return server.message
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(records()) })
  const answer = `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`
  await server.stop()
  return [answer, ...server.lines].join('\n')
}

/** What it keeps for telling CloudFormation how it ended. */
const RESERVED_MS = 30_000

/** The functions of a connector whose mappings are settled. */
const settledFunctions = { functionName: 'canary-dev-lake', reconcile: 'canary-dev-lake-reconcile' }

/** Has a connector's mappings settled for CloudFormation. @returns what the function has printed and told */
async function settled(environment: Environment, ms: number): Promise<string> {
  const told: string[] = []
  const server = createServer(async (request, response) => {
    told.push(await text(request))
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const event = {
    ...{ RequestType: 'Create', StackId: 's', RequestId: 'r', LogicalResourceId: 'l' },
    ResponseURL: `http://127.0.0.1:${port}/?X-Amz-Signature=${encodeURIComponent(signature.text)}`,
    ResourceProperties: { ServiceToken: 't', service: 'canary-dev', ...settledFunctions, reads: 'pattern' },
  }
  const printed = await invoked(SETTLE_MAPPINGS, { ...world.identity, ...environment }, event, RESERVED_MS + ms)
  server.close()
  return [printed, ...told].join('\n')
}

/** What is run, and how it is run with other variables. */
interface Subject {
  name: string
  environment: Environment
  faults: Fault[]
  run(environment: Environment, ms: number): Promise<string>
}

function subjects(): Subject[] {
  const lambda = { AWS_ENDPOINT_URL_LAMBDA: world.moto.endpoint }
  const functions = Array.from(environments, ([file, environment]) => ({
    name: file,
    environment: { ...environment, ...lambda },
    faults:
      file === 'reconcile'
        ? // It has the settings of the connector's store, and no use for them.
          [...faultsOf({ ...environment, S3_BUCKET: '' }, world, faulty), ...lambdaFaults(faulty)]
        : faultsOf(environment, world, faulty),
    run: (variables: Environment, ms: number) => invoked(file, variables, events[file] ?? {}, ms),
  }))
  const containers = Object.entries(entries).map(([name, { file, run }]) => {
    // Outside of Lambda.
    const environment = {
      ...environments.get(file),
      FUNCTION: name === 'server' ? file : '',
      AWS_LAMBDA_FUNCTION_NAME: '',
    }
    // They print errors in a way of their own, whatever the error; waiting for what is not there takes seconds.
    const faults = faultsOf(environment, world, faulty).filter(({ name }) => !name.startsWith('no '))
    return { name, environment, faults, run }
  })
  const settle = { name: SETTLE_MAPPINGS, environment: lambda, faults: lambdaFaults(faulty), run: settled }
  return [...functions, ...containers, settle]
}

test('each file of functions/ is looked at here', async () => {
  expect(new Set(environments.keys())).toEqual(new Set(Object.keys(deployedFunctions)))
  const files = await readdir(join(import.meta.dirname, '../../functions'))
  expect(files.map(file => parse(file).name).toSorted()).toEqual(
    [...subjects().map(({ name }) => name), ...notRun].toSorted(),
  )
})

/** What a function prints or answers that has failed: an error, a line about one, or a check that isn't passed. */
const FAILURE =
  /"error":|"level":"(WARN|ERROR)"|"ok":false|"outcome":"failed"|_(UNAVAILABLE|DENIED|UNREADABLE|UNREACHABLE): /

/** What a run prints, or the last of three if brokers of a busy machine have not answered those before it in time. */
async function worked(run: () => Promise<string>): Promise<string> {
  let printed = ''
  for (let attempt = 0; attempt < 3; attempt++) {
    printed += await run()
    if (!printed.includes('KAFKA_UNAVAILABLE')) break
  }
  return printed
}

/** No credential and no record may be in what functions print and answer. */
function leaks(printed: Searched[]): string[] {
  return findCanaries([...credentials, ...contents], printed)
}

test('no credential is in what functions and containers that work print, answer and write', async () => {
  const printed: Searched[] = []
  // One after the other, as each works with what those before it have written.
  for (const { name, environment, run } of subjects())
    printed.push({ place: `what ${name} prints`, content: await worked(() => run(environment, PATIENT_MS)) })
  expect(leaks(printed)).toEqual([])
  const failed = printed.filter(({ content }) =>
    /"error":|ACCESS_DENIED|STORE_UNAVAILABLE|CONFIG_INVALID/.test(`${content}`),
  )
  expect(failed).toEqual([])

  const texts = Object.values(names)
  const written = [
    ...(await objectsIn(world.moto, world.bucket)),
    ...(await recordsIn(stack.connections.plaintext, texts)),
    ...(await recordsIn(stack.target.plaintext, texts)),
  ]
  const found = written.map(({ place }) => place).join('\n')
  for (const place of [/_commits/, /_groups/, /_topics/, /restore/i, new RegExp(`records of .*${names.failed}`)])
    expect(found).toMatch(place)
  expect(findCanaries(credentials, written)).toEqual([])
})

test('no credential and no record is in what functions and containers that fail print, answer and write', async () => {
  const runs = subjects().flatMap(({ name, environment, faults, run }) =>
    faults.map(fault => ({
      name: `${name} with ${fault.name}`,
      fault,
      run: () => run({ ...environment, ...fault.environment }, FAILING_MS),
    })),
  )
  const printed = await pMap(runs, async ({ name, run }) => ({ place: `what ${name} prints`, content: await run() }), {
    concurrency: AT_ONCE,
  })
  expect(leaks(printed)).toEqual([])
  // Each has failed, and not all with the same error.
  const unaware = printed.filter(({ content }) => !FAILURE.test(content))
  expect(unaware).toEqual([])
  const text = printed.map(({ content }) => content).join('\n')
  for (const { fault } of runs) expect(text).toMatch(new RegExp(fault.codes.join('|')))
  expect(findCanaries(credentials, await objectsIn(world.moto, world.bucket))).toEqual([])
})
