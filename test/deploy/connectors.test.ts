import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type PackagedService, packageService, type Template } from '../support/packaged-service.ts'

const CONFIG = 'serverless.connectors.yml'
const MEGABYTE = 1_000_000
const examples = join(import.meta.dirname, '../../examples')
const declared = Object.assign(
  {},
  ...readdirSync(examples).map(file => parse(readFileSync(join(examples, file), 'utf8'))),
)
const services: PackagedService[] = []
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-functions-declared-'))
})

afterAll(async () => {
  await Promise.all([rm(folder, { recursive: true }), ...services.map(service => service.remove())])
})

async function packageConnectors(connectors: object): Promise<PackagedService> {
  const file = join(folder, `${services.length}.json`)
  await writeFile(file, JSON.stringify(connectors))
  const service = await packageService(CONFIG, { CONNECTORS: file })
  services.push(service)
  return service
}

describe.each(readdirSync(examples))('examples/%s', file => {
  let service: PackagedService

  beforeAll(async () => {
    service = await packageService(CONFIG, { CONNECTORS: join(examples, file) })
    services.push(service)
  })

  test('cfn-lint finds nothing in the packaged template', async () => {
    await expect(service.lint(service.templateFile)).resolves.toBe('')
  })

  test('functions of one kind have one package, each with one bundle of less than 1 MB compressed', async () => {
    const packages = Object.values(await service.packages())
    const bundles = packages.map(files => Object.entries(files).filter(([name]) => !name.endsWith('.map')))
    const handlers = resources(service.template, 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties.Handler,
    )
    // What is imported on first use is in files of its own, which are named after the function.
    const names = bundles.map(files => new Set(files.map(([name]) => name.replace(/\..*$/, '.handler'))))
    expect(names.map(([name]) => name).toSorted()).toEqual([...new Set(handlers)].toSorted())
    for (const inOnePackage of names) expect(inOnePackage.size).toBe(1)
    for (const files of bundles) expect(files.reduce((sum, [, size]) => sum + size, 0)).toBeLessThan(MEGABYTE)
  })
})

test('what is removed, renamed or disabled leaves the other connectors’ resources exactly as they are', async () => {
  const { 'orders-to-lake': orders, 'payments-to-store': payments, ...others } = declared
  const { template: before } = await packageConnectors(declared)
  const { template: after } = await packageConnectors({
    'renamed-orders': orders,
    ...others,
    'payments-to-store': { ...payments, enabled: false },
  })
  const ids = Object.keys(before.Resources).filter(id => /^(Shop|Atlantic)/.test(id))
  expect(ids.length).toBeGreaterThan(20)
  for (const id of ids) expect(withoutCode(after.Resources[id])).toEqual(withoutCode(before.Resources[id]))
  const mappings = resources(after, 'AWS::Lambda::EventSourceMapping').map(([id, { Properties }]) => [
    id,
    Properties.Enabled,
  ])
  expect(mappings).toContainEqual([expect.stringMatching(/^RenamedDashorders/), true])
  expect(mappings).toContainEqual([expect.stringMatching(/^PaymentsDash/), false])
  expect(mappings.map(([id]) => id)).not.toContainEqual(expect.stringMatching(/^OrdersDash/))
})

test('a wrong declaration stops with every fault, and nothing is made', async () => {
  const wrong = {
    ...declared,
    'orders-to-lake': { ...declared['orders-to-lake'], batch: { windowSeconds: 600 }, too: {} },
  }
  const error = await packageConnectors(wrong).catch(error => error)
  expect(error.stdout + error.stderr).toContain(
    'orders-to-lake.batch.windowSeconds: expected a whole number from 0 to 300, got 600',
  )
  expect(error.stdout + error.stderr).toContain('orders-to-lake.too: unknown key; did you mean to?')
})

// What the framework adds to scheduled functions was not counted, and CloudFormation refused what had passed here.
test('more resources than CloudFormation takes stop the package, those that the framework adds included', async () => {
  const { 'shop-to-lake': shop } = declared
  const connectors = Array.from({ length: 35 }, (_, index) => [
    `shop-${index}`,
    { ...shop, to: { bucket: 'my-company-lake', prefix: `shop-${index}` } },
  ])
  const error = await packageConnectors(Object.fromEntries(connectors)).catch(error => error)
  expect(error.stdout + error.stderr).toMatch(
    /The service would have 5\d\d resources; CloudFormation allows 500\. Read topics by a pattern instead of by name/,
  )
})

function resources(template: Template, type: string) {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type)
}

/** Each deployment puts its packages into a folder of its own. */
function withoutCode(resource: Template['Resources'][string] | undefined) {
  const { Code, ...Properties } = resource?.Properties ?? {}
  return { ...resource, Properties }
}
