import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { deployFolders, platformTemplates } from '../../support/platform-templates.ts'

const page = (name: string) => readFileSync(new URL(`../../../docs/platforms/${name}`, import.meta.url), 'utf8')

test('each folder of deploy/ is held, or sets no variables', () => {
  expect([...Object.keys(platformTemplates), 'container', 'eventbridge-pipes'].toSorted()).toEqual(
    deployFolders.toSorted(),
  )
})

// Under `log` without a dead letter, a store that is away for longer than an invocation is answered as success. The platform
// then commits, and its own retries, which the templates set up, never run.
test.each(Object.values(platformTemplates))('$file reports what can’t be delivered', ({ variables }) => {
  const { FAILURE_POLICY, DEAD_LETTER_TOPIC, SOURCE_KAFKA_BROKERS } = variables
  expect(FAILURE_POLICY === 'fail' || (DEAD_LETTER_TOPIC && SOURCE_KAFKA_BROKERS)).toBeTruthy()
})

test('the function behind a pipe is deployed with the policy that makes the pipe repeat', () => {
  expect(page('eventbridge-pipes.md')).toContain('FAILURE_POLICY=fail npx serverless deploy')
})

test('the table of what platforms do then says that it takes the policy `fail`', () => {
  const [, section = ''] = page('README.md').split('## What happens when something fails')
  expect(section).toMatch(/That takes `FAILURE_POLICY=fail`/)
  expect(section).toContain('| platform | how `fail` reports a failure |')
})

// The limits are the platforms' own: FunctionGraph's API refuses more retries, and other extensions of Azure ignore the keys.
test('limits of the platforms', () => {
  const template = (file: string) => readFileSync(new URL(`../../../deploy/${file}`, import.meta.url), 'utf8')
  const [, retries] = /max_async_retry_attempts += (\d+)/.exec(template('functiongraph/main.tf')) ?? []
  expect(Number(retries)).toBeLessThanOrEqual(3)
  const [, least = ''] = /\[4\.(\d+)\.0, 5\.0\.0\)/.exec(template('azure/host.json')) ?? []
  expect(Number(least)).toBeGreaterThanOrEqual(37)
})

// With two pods, 50 records that are sent at once made 21 objects instead of one.
test('Knative’s template doesn’t divide a partition’s records among pods, and makes the sink that it names', () => {
  const template = readFileSync(new URL('../../../deploy/knative/kafka-dump.yaml', import.meta.url), 'utf8')
  expect(template).toContain('autoscaling.knative.dev/max-scale: "1"')
  const [, kind, name] = /deadLetterSink:\n +ref: \{.*kind: (\w+), name: ([\w-]+)/.exec(template) ?? []
  expect(template).toMatch(new RegExp(`^kind: ${kind}\nmetadata:\n  name: ${name}$`, 'm'))
})

// OBS, OSS and COS ignore or refuse what AWS's clients send since 2025, and want the bucket in the host name.
test('templates and examples have what the preset of their store says', () => {
  const stores = readFileSync(new URL('../../../docs/stores.md', import.meta.url), 'utf8')
  const rows = Array.from(stores.matchAll(/^\| [^|]+ \| `https:[^|]+\| [^|]+ \| `?(\w+)`? \| `?(\w+)`? \|$/gm))
  const hosts = ['myhuaweicloud.com', 'otc.t-systems.com', 'aliyuncs.com', 'myqcloud.com']
  const presets = hosts.map(host => ({ host, row: rows.find(([row]) => row.includes(host)) }))
  const examples = new URL('../../../examples/', import.meta.url)
  const given = [
    ...Object.values(platformTemplates).map(({ file, variables }) => ({
      file,
      endpoint: variables.S3_ENDPOINT,
      options: [variables.S3_FORCE_PATH_STYLE, variables.S3_CHECKSUM],
    })),
    ...readdirSync(examples).flatMap(file =>
      Object.values(parse(readFileSync(new URL(file, examples), 'utf8')) as Record<string, { to: Options }>).map(
        ({ to }) => ({
          file,
          endpoint: to.endpoint,
          options: [to.forcePathStyle, to.checksum],
        }),
      ),
    ),
  ]
  const held = given.flatMap(({ file, endpoint, options }) =>
    presets
      .filter(({ host }) => endpoint?.includes(host))
      .map(({ row }) => ({ file, options: options.map(String), preset: row?.slice(1) })),
  )
  expect(held.length).toBeGreaterThanOrEqual(3)
  for (const { file, options, preset } of held) expect([file, ...options]).toEqual([file, ...(preset ?? [])])
})

interface Options {
  endpoint?: string
  forcePathStyle?: boolean
  checksum?: string
}
