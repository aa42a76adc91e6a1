import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

const deploy = join(import.meta.dirname, '../../deploy')
const text = (file: string) => readFileSync(join(deploy, file), 'utf8')
const documents = (file: string) => parseAllDocuments(text(file)).map(document => document.toJS())

type Variables = Record<string, string | undefined>

const named = (list: { name: string; value?: string }[]): Variables =>
  Object.fromEntries(list.map(({ name, value }) => [name, value]))

/**
 * The environment variables that each template of `deploy/` gives its function. A variable whose value is a secret, or a
 * reference, has one that is not the value. The folders `container` and `eventbridge-pipes` set none: the one is an image
 * for several platforms, the other calls a function that `serverless.yml` deploys.
 */
export const platformTemplates: Record<string, { file: string; variables: Variables }> = {
  alibaba: {
    file: 'alibaba/s.yaml',
    variables: documents('alibaba/s.yaml')[0].resources.dump.props.environmentVariables,
  },
  azure: { file: 'azure/settings.json', variables: named(JSON.parse(text('azure/settings.json'))) },
  functiongraph: { file: 'functiongraph/main.tf', variables: terraformVariables(text('functiongraph/main.tf')) },
  knative: {
    file: 'knative/kafka-dump.yaml',
    variables: named(documents('knative/kafka-dump.yaml')[0].spec.template.spec.containers[0].env),
  },
  tencent: {
    file: 'tencent/serverless.yml',
    variables: documents('tencent/serverless.yml')[0].inputs.environment.variables,
  },
}

/** The folders of `deploy/`. */
export const deployFolders = readdirSync(deploy)

/** The assignments in `user_data` and `encrypted_user_data`. */
function terraformVariables(source: string): Variables {
  const blocks = Array.from(source.matchAll(/user_data = jsonencode\(\{(.*?)\}\)/gs), ([, block]) => block ?? '')
  const assignments = blocks.flatMap(block => Array.from(block.matchAll(/^ +([A-Z0-9_]+) *= *(.*)$/gm)))
  return Object.fromEntries(assignments.map(([, name, value]) => [name, value?.replace(/^"(.*)"$/, '$1')]))
}
