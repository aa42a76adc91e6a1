import { readdirSync, readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { compactSections } from '../../../lib/config/compact.ts'
import { dumpSections } from '../../../lib/config/dump.ts'
import { replicateSections } from '../../../lib/config/replicate.ts'
import type { AnySection } from '../../../lib/config/section.ts'
import { connectorsSchema } from '../../../local/connectors-schema.ts'
import { dump, faults, replicate } from '../../support/connectors.ts'

const examples = new URL('../../../examples/', import.meta.url)
const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(connectorsSchema()))
const service = (connectors: unknown) => ({ service: 'lake', provider: { name: 'aws' }, custom: { connectors } })

test.each(readdirSync(examples))('an editor and the plugin both take examples/%s', file => {
  const connectors = parse(readFileSync(new URL(file, examples), 'utf8'))
  expect([validate(connectors), validate.errors]).toEqual([true, null])
  expect(validate(service(connectors))).toBe(true)
  expect(faults(connectors)).toEqual([])
})

test.each<[string, Record<string, unknown>]>([
  ['a key that there is not', dump({ to: { compresion: 'zstd' } })],
  ['a word that there is not', dump({ to: { compression: 'lzo' } })],
  ['a number that is too large', dump({ batch: { windowSeconds: 600 } })],
  ['a bucket that is none', dump({ to: { bucket: 'My_Bucket' } })],
  ['keys of another type', dump({ direction: 'both' })],
  ['a reference to no secret', dump({ to: { secretAccessKey: { secret: 'kafka' }, accessKeyId: 'id' } })],
  ['a cluster that is none', dump({ source: { msk: 'arn:aws:kafka:cluster' } })],
  ['a subnet that is none', dump({ source: { vpc: { subnets: ['10.0.0.0/24'], securityGroups: ['sg-1'] } } })],
  ['a dead letter in a folder', dump({ deadLetter: 'arn:aws:s3:::failed/orders' })],
  ['no type', { source: {} }],
])('an editor and the plugin both refuse %s', (_, connector) => {
  expect(validate({ flow: connector })).toBe(false)
  expect(validate(service({ flow: connector }))).toBe(false)
  expect(faults({ flow: connector })).not.toEqual([])
})

test('a key’s description names other keys, and not the variables that they become', () => {
  const sections: AnySection[] = [dumpSections, compactSections, replicateSections].flatMap(Object.values)
  const variables = sections.flatMap(({ prefix, variables }) => Object.keys(variables).map(name => prefix + name))
  const schema = connectorsSchema()
  // The region's default is the platform's variable, and a name without an underscore may be a word.
  const named = variables.filter(name => name.includes('_') && !name.startsWith('AWS_') && schema.includes(name))
  expect(named).toEqual([])
})

test('numbers, booleans, lists, maps, variables of the framework and CloudFormation’s functions are completed as such', () => {
  const to = { offsetPadWidth: 12, includeHeaders: true, bucket: { Ref: 'Lake' }, prefix: `\${env:PREFIX}` }
  const vpc = { subnets: [`\${env:SUBNET}`, { Ref: 'Subnet' }], securityGroups: ['sg-1'] }
  const source = { topics: [`\${env:TOPIC}`], msk: { 'Fn::ImportValue': 'cluster' }, vpc }
  expect(validate({ a: dump({ source }) })).toBe(true)
  const mapping = { topicMapping: { orders: 'shop' } }
  expect(validate({ a: dump({ to }), b: replicate({ to: mapping, syncOffsets: { groups: ['a', 'b'] } }) })).toBe(true)
})
