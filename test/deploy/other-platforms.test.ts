import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { azureSections } from '../../lib/config/azure.ts'
import { compactSections } from '../../lib/config/compact.ts'
import { dumpSections } from '../../lib/config/dump.ts'
import { recordClusterSections } from '../../lib/config/record-cluster.ts'
import { replicateSections } from '../../lib/config/replicate.ts'
import { restoreSections } from '../../lib/config/restore.ts'
import type { AnySection } from '../../lib/config/section.ts'
import { serverSections } from '../../lib/config/server.ts'
import { descriptionOf } from '../../lib/config/variable.ts'
import { bundleAzure, bundleJob, bundleServer } from '../../local/bundle.ts'
import { platformTemplates } from '../support/platform-templates.ts'
import { pythonTools } from '../support/python-tools.ts'
import { ServerProcess } from '../support/server-process.ts'

const run = promisify(execFile)
const resourceScript = join(import.meta.dirname, '../support/template_resource.py')
const deploy = (file: string) => join(import.meta.dirname, '../../deploy', file)

let folder: string
let python: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-bundle-'))
  python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
})

afterAll(() => rm(folder, { recursive: true }))

/** The documents of a YAML file. */
async function documents(file: string): Promise<unknown[]> {
  const program = 'import json,sys,yaml; print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))'
  return JSON.parse((await run(python, ['-c', program, deploy(file)])).stdout)
}

/** The names of all variables of these sections, and the platform's names for them. */
function variablesOf(...sections: Record<string, AnySection>[]): Set<string> {
  const names = sections
    .flatMap(group => Object.values(group))
    .flatMap(({ prefix, variables }) =>
      Object.entries(variables).flatMap(([name, schema]) => [prefix + name, descriptionOf(schema as never).fallback]),
    )
  return new Set(names.filter(name => name !== undefined))
}

describe('the templates', () => {
  test('cfn-lint finds nothing in the pipe’s', async () => {
    const program = 'from cfnlint.runner import main; main()'
    const options = ['--format', 'parseable', '--regions', 'eu-central-1', '--include-checks', 'W', '--']
    const { stdout } = await run(python, ['-c', program, ...options, deploy('eventbridge-pipes/template.yml')])
    expect(stdout).toBe('')
  })

  // It took the second broker of a list: a cluster with one couldn't be deployed, and a third one was left out.
  test('a pipe has its broker, and up to two others', async () => {
    const given = ['', 'b:9096', 'b:9096,c:9096'].map(others =>
      JSON.stringify({ BootstrapServer: 'a:9096', ...(others && { AdditionalBootstrapServers: others }) }),
    )
    const { stdout } = await run(python, [resourceScript, deploy('eventbridge-pipes/template.yml'), 'Pipe', ...given])
    const pipes = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).Properties)
    expect(pipes.map(({ Source }) => Source)).toEqual(given.map(() => 'smk://a:9096'))
    const parameters = pipes.map(({ SourceParameters }) => SourceParameters.SelfManagedKafkaParameters)
    expect(parameters.map(kafka => kafka.AdditionalBootstrapServers)).toEqual([
      undefined,
      ['b:9096'],
      ['b:9096', 'c:9096'],
    ])
  })

  // The role had only the secret's permission, so a pipe of MSK, or one into a VPC, was never created.
  test('a pipe’s role has what its source needs, and no more', async () => {
    const cluster = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-1'
    const given = [
      {},
      { Subnets: 'subnet-1', SecurityGroups: 'sg-1' },
      { ClusterArn: cluster },
      { ClusterArn: cluster, SecretArn: '' },
    ]
    const program = [resourceScript, deploy('eventbridge-pipes/template.yml'), 'PipeRole']
    const { stdout } = await run(python, [...program, ...given.map(parameters => JSON.stringify(parameters))])
    const roles = stdout.trim().split('\n')
    // CloudFormation leaves out what is AWS::NoValue; moto has null there.
    const actionsOf = (role: string): string[] =>
      JSON.parse(role)
        .Properties.Policies[0].PolicyDocument.Statement.filter((statement: unknown) => statement !== null)
        .flatMap(({ Action }: { Action: string | string[] }) => Action)
    const servicesOf = (role: string) => new Set(actionsOf(role).map(action => action.split(':')[0]))
    const services = roles.map(role => [...servicesOf(role)].toSorted())
    expect(services).toEqual([
      ['lambda', 'logs', 'secretsmanager'],
      ['ec2', 'lambda', 'logs', 'secretsmanager'],
      ['ec2', 'kafka', 'lambda', 'logs', 'secretsmanager'],
      ['ec2', 'kafka', 'kafka-cluster', 'lambda', 'logs'],
    ])
    expect(roles[3]).toContain('arn:aws:kafka:eu-central-1:123456789012:topic/demo/6357e0b2-1/orders')
    expect(roles[3]).toContain('arn:aws:kafka:eu-central-1:123456789012:group/demo/6357e0b2-1/stack-3-orders')
  })

  // With what the trigger takes by itself, values of JSON would come parsed, and be written without their original spaces.
  test('Function Compute’s asks for values as text', async () => {
    const eventSourceConfig = { eventSourceParameters: { sourceKafkaParameters: { ValueDataType: 'Text' } } }
    expect(await documents('alibaba/s.yaml')).toMatchObject([
      { resources: { dump: { props: { triggers: [{ triggerConfig: { eventSourceConfig } }] } } } },
    ])
  })

  test.each(Object.entries(platformTemplates))('%s’s sets variables that its function knows', (platform, template) => {
    const names = Object.keys(template.variables)
    expect(names.length).toBeGreaterThan(6)
    const sections = template.variables.FUNCTION === 'dump' ? dumpSections : replicateSections
    const known = variablesOf(sections, platform === 'azure' ? azureSections : serverSections)
    for (const name of names) expect(known).toContain(name)
  })

  test('Knative’s job that compacts sets variables that it knows, and stores where the Service does', async () => {
    const containersOf = (template: unknown) =>
      (template as { spec: { containers: { env: { name: string }[] }[] } }).spec.containers
    const [job] = (await documents('knative/compact.yaml')) as {
      spec: { jobTemplate: { spec: { template: unknown } } }
    }[]
    const env = containersOf(job?.spec.jobTemplate.spec.template)[0]?.env ?? []
    expect(env.length).toBeGreaterThan(6)
    const known = variablesOf(compactSections, serverSections)
    for (const { name } of env) expect(known).toContain(name)
    const stored = (variables: { name: string }[]) => variables.filter(({ name }) => name.startsWith('S3_'))
    const [service] = (await documents('knative/kafka-dump.yaml')) as { spec: { template: unknown } }[]
    expect(stored(env)).toEqual(stored(containersOf(service?.spec.template)[0]?.env ?? []))
  })

  test('Knative’s job that records the cluster sets variables that it knows', async () => {
    const [job] = (await documents('knative/record-cluster.yaml')) as {
      spec: { jobTemplate: { spec: { template: { spec: { containers: { env: { name: string }[] }[] } } } } }
    }[]
    const names = job?.spec.jobTemplate.spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? []
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) expect(variablesOf(recordClusterSections, serverSections)).toContain(name)
  })

  test('the job that restores sets variables that it knows', async () => {
    const [job] = (await documents('knative/restore.yaml')) as {
      spec: { template: { spec: { containers: { env: { name: string }[] }[] } } }
    }[]
    const names = job?.spec.template.spec.containers[0]?.env.map(({ name }) => name) ?? []
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) expect(variablesOf(restoreSections, serverSections)).toContain(name)
  })

  test('are YAML', async () => {
    const kinds = (await documents('knative/kafka-dump.yaml')) as { kind: string }[]
    expect(kinds.map(({ kind }) => kind)).toEqual(['Service', 'KafkaSource', 'KafkaSink'])
    expect(await documents('alibaba/s.yaml')).toMatchObject([{ edition: '3.0.0' }])
    expect(await documents('tencent/serverless.yml')).toMatchObject([{ component: 'scf' }])
  })
})

describe('the bundles', () => {
  test('the server is one file, which runs where nothing else is', async () => {
    const file = await bundleServer(join(folder, 'container'))
    const server = await ServerProcess.start({ S3_BUCKET: 'my-lake' }, file)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect(await server.stop()).toBe(0)
    expect((await stat(file)).size).toBeLessThan(4_000_000)
  })

  test.each(['compact', 'restore', 'record-cluster'] as const)(
    'the job %s is one file, which says what is missing',
    async name => {
      const file = await bundleJob(join(folder, 'container'), name)
      const failed = await run(process.execPath, [file], { env: { PATH: process.env.PATH } }).catch(error => error)
      expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('S3_BUCKET: expected a bucket name') })
      expect((await stat(file)).size).toBeLessThan(4_000_000)
    },
  )

  test('the function app of Azure has what its tools ask for', async () => {
    await bundleAzure(join(folder, 'azure'))
    expect((await readdir(join(folder, 'azure'))).toSorted()).toEqual([
      'azure.mjs',
      'azure.mjs.map',
      'host.json',
      'package.json',
    ])
    const host = JSON.parse(await readFile(deploy('azure/host.json'), 'utf8'))
    // The extension's default continues after a failed batch.
    expect(host.extensions.kafka).toMatchObject({ commitOnFailure: false, maxRetries: -1 })
    expect(variablesOf(azureSections)).toContain('KAFKA_TOPIC')
  })
})
