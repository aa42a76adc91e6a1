import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pMap from 'p-map'
import { type CommandName, commandNames } from '../../lib/connectors/commands/definition.ts'
import { createProducer } from '../../lib/kafka/produce/producer.ts'
import { createTopics } from '../../local/topics.ts'
import { findCanaries, type Searched } from '../support/canary.ts'
import { type CommandRequest, printedBy, printedByCommands } from '../support/canary-commands.ts'
import {
  type CanaryNames,
  type DeployedCanary,
  declaredConnectors,
  deployedCanaries,
  type Environment,
  type Fault,
  type Faulty,
  faultsOf,
  startFaulty,
} from '../support/canary-faults.ts'
import { all, type CanaryWorld, contents, payload, secrets, startCanaryWorld } from '../support/canary-world.ts'
import { FunctionProcess, functionFile } from '../support/function-process.ts'
import { stack, uniqueName } from '../support/stack.ts'
import { objectsIn, recordsIn } from '../support/written.ts'

const names: CanaryNames = {
  ...{ topic: uniqueName('canary'), failed: uniqueName('canary-failed') },
  ...{ source: uniqueName('here'), target: uniqueName('there') },
}

interface Command {
  command: CommandName
  connector: 'lake' | 'copy'
  options?: Record<string, unknown>
}

/** Commands that log in to a cluster or a store in their own process, and their options. */
const commands: Command[] = [
  { command: 'cat', connector: 'lake' },
  { command: 'compact', connector: 'lake' },
  { command: 'redrive', connector: 'lake' },
  { command: 'redrive', connector: 'copy' },
  { command: 'verify', connector: 'lake', options: { topic: names.topic } },
  { command: 'verify', connector: 'copy', options: { topic: names.topic } },
  { command: 'restore', connector: 'lake', options: { groups: 'none', id: 'canary' } },
]

/** Those that a service on this machine is asked in `canary.test.ts`. */
const looked = ['list', 'describe', 'check', 'logs', 'failed', 'objects', 'query', 'cost', 'console']

/** Those that only ask Lambda or CloudFormation: the test record of `test` is sent by the function `check`. */
const without = ['plan', 'test', 'pause', 'resume']

let world: CanaryWorld
let faulty: Faulty
let deployed: DeployedCanary[]
let folder: string
/** An object that `cat` is asked for. */
let key: string
const closing = new AsyncDisposableStack()

beforeAll(async () => {
  world = await startCanaryWorld()
  closing.defer(() => world.stop())
  faulty = await startFaulty(closing)
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-canary-'))
  closing.defer(() => rm(folder, { recursive: true }))
  deployed = deployedCanaries(world, names)
  await createTopics(stack.connections.plaintext, { [names.topic]: 1 })
  await produced()
  await Promise.all([written('dump'), written('replicate')])
  const places = (await objectsIn(world.moto, world.bucket)).map(({ place }) => place.replace('the object ', ''))
  key = places.find(place => place.startsWith('lake/_staging/')) ?? ''
})

afterAll(() => closing.disposeAsync())

/** What the topic has: a function is told that the second one can't be decoded. */
const values = [payload.value.text, payload.key.text].map(text => Buffer.from(text))

async function produced() {
  const producer = createProducer(stack.connections.plaintext, { clientId: 'canary' })
  const records = values.map(value => ({ key: null, value, headers: [], timestamp: Date.now(), partition: 0 }))
  await producer.send(names.topic, records, Date.now() + 30_000)
  await producer.close()
}

/** Has a function write the first record, and put the second one aside. */
async function written(file: 'dump' | 'replicate') {
  const record = { topic: names.topic, partition: 0, timestamp: 1, headers: [] }
  const both = values.map((value, offset) => ({
    ...{ ...record, offset, value: offset === 0 ? value.toString('base64') : '*' },
  }))
  const function_ = new FunctionProcess(functionFile(file), environmentOf(file))
  await function_.respond({ eventSource: 'aws:kafka', records: { [`${names.topic}-0`]: both } }, 60_000)
  await function_.stop()
}

function environmentOf(file: string, connector?: string): Environment {
  const found = deployed.find(one => one.file === file && (connector === undefined || one.connector === connector))
  if (!found) throw new Error(`${connector} has no function ${file}`)
  return found.environment
}

/** A command with everything as it should be, or with a fault. */
function requestOf({ command, connector, options = {} }: Command, fault = ''): CommandRequest {
  const own = connector === 'lake' ? 'dump' : 'replicate'
  const functions = { '': own, check: 'check', ...(connector === 'lake' && { restore: 'restore' }) }
  const changeOf = (environment: Environment) =>
    faultsOf(environment, world, faulty).find(({ name }) => name === fault)?.environment
  const environments = Object.entries(functions).map(([name, file]) => {
    const environment = environmentOf(file, connector)
    return [name, { ...environment, ...changeOf(environment) }]
  })
  return {
    ...{ command, connector, declared: declaredConnectors(world, names) },
    options: { ...options, ...(command === 'cat' && { key }) },
    environments: Object.fromEntries(environments),
    variables: { ...world.identity, ...changeOf({}) },
  }
}

/** Of the faults, those that a command meets. It would wait a minute for a cluster that isn't there: functions show these errors. */
function faultsFor({ command, connector }: Command): Fault[] {
  const isMet = ({ name }: Fault) =>
    name !== 'no cluster' && (!name.includes('cluster') || !['compact', 'cat'].includes(command))
  return faultsOf(environmentOf('check', connector), world, faulty).filter(isMet)
}

/** Runs a command as it should be, and with each fault. @returns what it has printed, and the codes of the faults */
async function ran(one: Command) {
  const faults = faultsFor(one)
  const requests = [requestOf(one), ...faults.map(({ name }) => requestOf(one, name))]
  const content = await printedByCommands(requests, folder)
  return { place: `what ${one.command} of ${one.connector} prints`, content, codes: faults.map(({ codes }) => codes) }
}

/** All that the commands have written on this machine: reports. */
async function files(): Promise<Searched[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return await Promise.all(paths.map(async path => ({ place: path, content: await readFile(path) })))
}

/** Text that errors of the given faults have, and that was not printed. */
const missing = (codes: string[][], printed: string) =>
  codes.filter(some => !some.some(code => printed.includes(code))).map(some => some.join(' or '))

test('each command is looked at, here or elsewhere', () => {
  const here = commands.map(({ command }) => command)
  expect(new Set([...here, ...looked, ...without])).toEqual(new Set(commandNames))
})

test('no credential and no record is in what commands print and write that log in, whether they work or fail', async () => {
  // What `cat` prints is there until `compact` has run.
  const printed = [
    ...(await pMap(commands.slice(0, 1), ran)),
    ...(await pMap(commands.slice(1), ran, { concurrency: 3 })),
  ]
  expect(findCanaries(all, printed)).toEqual([])
  expect(printed[0]?.content).toContain(payload.value.text)
  // Records are what `cat` is asked for.
  expect(
    findCanaries(
      contents,
      printed.filter(({ place }) => !place.includes('cat')),
    ),
  ).toEqual([])
  expect(printed.map(({ place, codes, content }) => [place, missing(codes, content)])).toEqual(
    printed.map(({ place }) => [place, []]),
  )
  expect(findCanaries([...all, ...contents], await files())).toEqual([])
})

/** A restore of the program `kafka-functions`, whose logins are in its variables. */
function restoreOf(change: Environment): Promise<string> {
  const program = join(import.meta.dirname, '../../cli/kafka-functions.ts')
  const { saslPlaintextScram256: target } = stack.target
  const variables = {
    ...{ S3_ENDPOINT: world.moto.endpoint, S3_REGION: 'eu-central-1', S3_MAX_RETRIES: '0' },
    ...{ S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: secrets.storeKey.text },
    ...{ TARGET_KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', TARGET_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' },
    ...{ TARGET_KAFKA_USERNAME: world.user, TARGET_KAFKA_PASSWORD: secrets.saslPassword.text },
  }
  const options = ['--rename', `${names.topic}=${names.topic}-back`, '--groups', 'none', '--report', 'report']
  const args = ['restore', '--from', `s3://${world.bucket}/lake`, '--to', target.brokers.join(), ...options]
  return printedBy([program, ...args], { ...variables, ...change }, folder)
}

test('no credential and no record is in what kafka-functions restore prints and writes, whether it works or fails', async () => {
  const worked = await restoreOf({})
  const failed = await pMap(
    [
      { TARGET_KAFKA_PASSWORD: secrets.wrongPassword.text },
      { S3_ENDPOINT: faulty.refusing, S3_SECRET_ACCESS_KEY: secrets.wrongStoreKey.text },
      { S3_ENDPOINT: `http://127.0.0.1:${faulty.closed}` },
      { TARGET_KAFKA_KEY: secrets.misplaced.text, S3_SSE_CUSTOMER_KEY: secrets.misplaced.text },
    ] as Environment[],
    restoreOf,
    { concurrency: 2 },
  )
  expect(worked).toMatch(/Restored \d records?/)
  expect(failed).toEqual(failed.map(() => expect.stringContaining('✗')))
  const printed = [worked, ...failed].map((content, index) => ({ place: `what restore ${index} prints`, content }))
  expect(findCanaries([...all, ...contents], [...printed, ...(await files())])).toEqual([])
  const texts = Object.values(names)
  const left = [
    ...(await objectsIn(world.moto, world.bucket)),
    ...(await recordsIn(stack.connections.plaintext, texts)),
    ...(await recordsIn(stack.target.plaintext, texts)),
  ]
  expect(left.map(({ place }) => place)).toContain(`records of ${names.topic}-back`)
  expect(findCanaries(all, left)).toEqual([])
})
