import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { App, Stack } from 'aws-cdk-lib/core'
import { parse } from 'yaml'
import { buildBundles } from '../../lib/bundling.ts'
import { KafkaConnectors } from '../../lib/cdk/index.ts'
import { bundledFunctions } from '../../lib/connectors/resources/deployed-functions.ts'
import { type PackagedService, packageService, type Template } from '../support/packaged-service.ts'

type Resource = Template['Resources'][string]

const root = join(import.meta.dirname, '../..')
const examples = join(root, 'examples')

/** All examples, and the README's under another name: it shares that and its topics' objects with one of them. */
const declared: Record<string, object> = {
  ...Object.assign({}, ...readdirSync(examples).map(file => parse(readFileSync(join(examples, file), 'utf8')))),
  ...Object.fromEntries(
    Object.entries(readmeConnectors()).map(([name, { to, ...connector }]) => [
      `readme-${name}`,
      { ...connector, to: { ...to, bucket: 'readme-lake' } },
    ]),
  ),
}

function readmeConnectors(): Record<string, { to: object }> {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  return parse(/```yaml\n# connectors\.yml\n(.*?)```/s.exec(readme)?.[1] ?? '')
}

/** The differences that there may be. */
const allowed = [
  {
    of: 'AWS::S3::Bucket',
    is: 'left out',
    reason: 'the framework’s bucket for packages: the CDK has one for all stacks',
  },
  { of: 'AWS::S3::BucketPolicy', is: 'left out', reason: 'of the framework’s bucket for packages' },
  { of: 'AWS::Lambda::Function', is: 'Properties.Code', reason: 'a package is an asset of the CDK' },
  {
    of: 'AWS::Lambda::EventSourceMapping',
    is: 'DependsOn',
    reason: 'made after the mappings that a former pattern had',
  },
  ...[
    'Custom::KafkaConnectorMappings',
    'AWS::Lambda::Function',
    'AWS::IAM::Role',
    'AWS::IAM::Policy',
    'AWS::Logs::LogGroup',
  ].map(of => ({ of, is: 'added', reason: 'does what serverless deploy and remove do besides the stack' })),
]

/** One difference: a resource that only one of them has, or a part that is not the same. */
interface Difference {
  id: string
  of: string
  is: string
}

function differences(plugin: Template['Resources'], cdk: Template['Resources']): Difference[] {
  const ids = [...new Set([...Object.keys(plugin), ...Object.keys(cdk)])]
  return ids.flatMap(id => {
    const [one, other] = [plugin[id], cdk[id]]
    const of = one?.Type ?? other?.Type ?? ''
    if (!one || !other) return [{ id, of, is: one ? 'left out' : 'added' }]
    return partsThatDiffer(one, other).map(is => ({ id, of, is }))
  })
}

function partsThatDiffer(one: Resource, other: Resource): string[] {
  const parts = ({ Properties, ...rest }: Resource): Record<string, unknown> => ({
    ...rest,
    ...Object.fromEntries(Object.entries(Properties ?? {}).map(([name, value]) => [`Properties.${name}`, value])),
  })
  const [first, second] = [parts(one), parts(other)]
  const names = new Set([...Object.keys(first), ...Object.keys(second)])
  return [...names].filter(name => !isDeepStrictEqual(first[name], second[name]))
}

const folder = mkdtempSync(join(tmpdir(), 'kafka-functions-cdk-'))
let service: PackagedService
let kept: ReturnType<typeof synthesize>

/** The template of a stack with the same connectors; `ids` are the logical ids that the plugin's resources have in it. */
function synthesize(keepLogicalIds: boolean): { template: Template; ids: Map<string, string> } {
  // The CDK's own check of templates, whose findings are errors.
  const context = { '@aws-cdk/core:validateAgainstDefaultRules': true, 'aws:cdk:disable-version-reporting': true }
  const app = new App({ outdir: mkdtempSync(join(folder, 'out-')), context })
  const stack = new Stack(app, 'Shop')
  const props = { service: 'kafka-connectors', connectors: declared, keepLogicalIds }
  const { template: included } = new KafkaConnectors(stack, 'Connectors', props)
  const own = Object.keys(service.template.Resources).filter(id => !id.startsWith('Serverless'))
  const ids = new Map(own.map(id => [id, stack.getLogicalId(included.getResource(id))]))
  return { template: app.synth().getStackByName('Shop').template, ids }
}

beforeAll(async () => {
  const file = join(folder, 'connectors.json')
  writeFileSync(file, JSON.stringify(declared))
  const packaged = packageService('serverless.connectors.yml', { CONNECTORS: file })
  await buildBundles(bundledFunctions)
  service = await packaged
  kept = synthesize(true)
})

afterAll(async () => {
  rmSync(folder, { recursive: true })
  await service?.remove()
})

test('a construct gives the resources of the plugin, each with the same properties', async () => {
  const { template } = kept
  const found = differences(service.template.Resources, template.Resources)
  if (process.env.PRINT_COMPARISON) console.log(comparison(service.template.Resources, template.Resources, found))
  expect(found.filter(({ of, is }) => !allowed.some(one => one.of === of && one.is === is))).toEqual([])
  const idle = allowed.filter(one => !found.some(({ of, is }) => one.of === of && one.is === is))
  expect(idle).toEqual([])
  expect(found.filter(({ is }) => is === 'left out').map(({ id }) => id)).toEqual([
    'ServerlessDeploymentBucket',
    'ServerlessDeploymentBucketPolicy',
  ])
  expect(found.filter(({ is, of }) => is === 'added' && of === 'AWS::Lambda::Function')).toHaveLength(1)

  const file = join(folder, 'template.json')
  writeFileSync(file, JSON.stringify(template))
  const findings = (await service.lint(file)).split('\n')
  // The CDK writes down each dependency of a function on its role, needed or not.
  expect(findings.filter(line => line !== '' && !line.includes(':W3005:'))).toEqual([])
})

test('with ids of its own, a construct’s resources are the same', () => {
  // The check of the template with the same resources takes seconds.
  process.env.CDK_VALIDATION = 'false'
  const { template, ids } = synthesize(false)
  let text = JSON.stringify(template)
  // The longest first: one id may be the beginning of another.
  for (const [plugin, own] of [...ids].toSorted(([, a], [, b]) => b.length - a.length))
    text = text.replaceAll(own, plugin)
  expect([...ids].filter(([plugin, own]) => plugin === own)).toEqual([])
  expect(JSON.parse(text).Resources).toEqual(kept.template.Resources)
})

/** The comparison as a table: a line for each type of resources. */
function comparison(plugin: Template['Resources'], cdk: Template['Resources'], found: Difference[]): string {
  const count = (resources: Template['Resources'], type: string) =>
    Object.values(resources).filter(({ Type }) => Type === type).length
  const types = [...new Set([...Object.values(plugin), ...Object.values(cdk)].map(({ Type }) => Type))].toSorted()
  const lines = types.map(type => {
    const here = found.filter(({ of }) => of === type)
    const same = Object.entries(plugin).filter(([id, { Type }]) => Type === type && !here.some(one => one.id === id))
    const notes = Array.from(
      Map.groupBy(here, ({ is }) => is),
      ([is, all]) => {
        const reason = allowed.find(one => one.of === type && one.is === is)?.reason ?? 'NOT ALLOWED'
        return `${all.length} × ${is}: ${reason}`
      },
    )
    return `| ${type} | ${count(plugin, type)} | ${count(cdk, type)} | ${same.length} | ${notes.join('; ')} |`
  })
  return ['| type | plugin | CDK | the same | differences |', '| --- | --- | --- | --- | --- |', ...lines].join('\n')
}
