import { CodedError } from '../../error.ts'

/** What the name of an object says. */
export interface AivenName {
  topic: string
  partition: number
  firstOffset: number
}

/**
 * The extension depends on format and compression where no template is given. Source: Aiven-Open/cloud-storage-connectors-for-
 * apache-kafka, `FileNameFragment.getFilename` and `CompressionType`.
 */
const DEFAULT_TEMPLATE = '{{topic}}-{{partition}}-{{start_offset}}'
const DEFAULT_EXTENSION = String.raw`(?:\.avro)?(?:\.gz|\.snappy|\.zst)?`

/** Patterns of the variables. The sink's README, "File name format", has them with their parameters. */
const variables: Record<string, string> = {
  topic: '(?<topic>[A-Za-z0-9._-]+)',
  partition: String.raw`(?<partition>\d+)`,
  start_offset: String.raw`(?<offset>\d+)`,
  timestamp: String.raw`\d+`,
}

/**
 * A function that reads names which a template made; undefined for others.
 *
 * @param prefix the folder, without slashes at either end
 * @throws CodedError `CONFIG_INVALID` when names of this template don't say topic, partition and first offset
 */
export function aivenNames(prefix: string, template?: string): (key: string) => AivenName | undefined {
  const folder = prefix === '' ? '' : `${RegExp.escape(prefix)}/`
  const name = patternOf(template ?? DEFAULT_TEMPLATE)
  const pattern = new RegExp(`^${folder}${name}${template === undefined ? DEFAULT_EXTENSION : ''}$`)
  return key => {
    const { topic, partition, offset } = pattern.exec(key)?.groups ?? {}
    return topic ? { topic, partition: Number(partition), firstOffset: Number(offset) } : undefined
  }
}

function patternOf(template: string): string {
  const seen = new Set<string>()
  const parts = template.split(/(\{\{.+?\}\})/).map(part => {
    const [, variable = '', parameter = ''] = /^\{\{\s*(\w+)\s*(:.*?)?\s*\}\}$/.exec(part) ?? []
    if (variable === '') return RegExp.escape(part)
    if (variable === 'key') throw refused('a file per key has only the newest record of each')
    const pattern = Object.hasOwn(variables, variable) && variables[variable]
    if (!pattern) throw refused(`{{${variable}${parameter}}} is none of its variables`)
    const again = seen.has(variable) && variable !== 'timestamp'
    seen.add(variable)
    return again ? String.raw`\k<${/<(\w+)>/.exec(pattern)?.[1]}>` : pattern
  })
  for (const variable of ['topic', 'partition', 'start_offset']) {
    if (!seen.has(variable)) throw refused(`it has no {{${variable}}}`)
  }
  return parts.join('')
}

function refused(reason: string): CodedError {
  return new CodedError(
    'CONFIG_INVALID',
    `Nothing can be restored from objects with this template of Aiven’s sink: ${reason}.`,
  )
}
