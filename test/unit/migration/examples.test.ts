import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { parse } from 'yaml'
import { connectorsFile } from '../../../cli/init/connectors-file.ts'
import { converted } from '../../../cli/init/converted.ts'
import { faultsOf } from '../../../cli/init/faults.ts'
import type { Answers } from '../../../cli/init/flags.ts'
import { conversionText } from '../../../cli/init/report.ts'
import { connectorsSchemaValidator } from '../../support/connectors-schema-validator.ts'

const folder = new URL('examples/', import.meta.url)
const examples = readdirSync(folder)
const from = (file: string, answers: Answers = {}) => converted(fileURLToPath(new URL(file, folder)), answers)

/** Texts in the examples that nobody else may see. */
const SECRETS = /hunter2|AKIASECRET|wJalrXUtn|registry-secret|proxy-secret|europe-secret|america-secret|onprem-secret/

async function resultOf(file: string, answers?: Answers) {
  const { conversions, remarks } = await from(file, answers)
  const declarations = Object.fromEntries(conversions.map(({ name, declaration }) => [name, declaration]))
  const text = [...conversions.map(conversionText), ...remarks].map(stripVTControlCharacters).join('\n\n')
  const yaml = connectorsFile(conversions.map(({ name, declaration }) => ({ name, declaration, comments: {} })))
  return { declarations, text, yaml, conversions }
}

describe.each(examples)('%s', file => {
  test('becomes a declaration that the plugin accepts, and an editor, too', async () => {
    const { declarations, yaml } = await resultOf(file)
    expect(faultsOf(declarations, 'lake')).toEqual([])
    expect(parse(yaml)).toEqual(declarations)
    expect(connectorsSchemaValidator(declarations)).toEqual([])
  })

  test('is reported line by line', async () => {
    const expected = readFileSync(new URL(`expected/${file}.txt`, import.meta.url), 'utf8')
    const { text, yaml } = await resultOf(file)
    expect(`${text}\n\n${yaml}`).toBe(expected)
  })

  test('has a line for each setting, and no secret in any', async () => {
    const { text, yaml, conversions } = await resultOf(file)
    expect(text).not.toMatch(SECRETS)
    expect(yaml).not.toMatch(SECRETS)
    expect(conversions.length).toBeGreaterThan(0)
  })
})

const MSK = 'arn:aws:kafka:eu-central-1:123456789012:cluster/demo/6357e0b2-0e6a-4b86-a0b4-70df934c2e31-5'

test('a cluster that is named on the command line goes before what the file says', async () => {
  const { declarations, conversions } = await resultOf('confluent-json.json', { msk: MSK, login: 'iam' })
  // The topic for failed records is written by the function itself, which needs the brokers.
  expect(declarations['orders-to-s3']?.source).toEqual({
    msk: MSK,
    auth: { iam: true },
    topics: ['orders'],
    consumerGroup: 'connect-orders-to-s3',
  })
  expect(conversions[0]?.variables).toEqual({})
  expect(conversions[0]?.lines.filter(({ group }) => group === 'person')).toEqual([])
})
