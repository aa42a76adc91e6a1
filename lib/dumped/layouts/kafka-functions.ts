import { CodedError } from '../../error.ts'
import type { StoredRecord } from '../../formats/format.ts'
import { formats, objectExtensions, objectForm } from '../../formats/index.ts'
import { createKeyParser } from '../../objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate } from '../../objects/template.ts'
import type { LayoutName, LayoutObject, LayoutStore } from '../layout.ts'
import type { ConnectorLayout } from './settings.ts'

/** The dumps of this project, with any partitioner and format: what a key says follows from the template alone. */
export const kafkaFunctions: ConnectorLayout = {
  title: 'Dumps of this project',
  losses: [],
  create({ prefix, template: text = DEFAULT_TEMPLATE }) {
    const template = parseTemplate(text)
    if (!template)
      throw new CodedError('CONFIG_INVALID', `${text} is no template of object keys such as ${DEFAULT_TEMPLATE}`)
    const parse = createKeyParser(prefix, template)
    return { losses: [], isChained: false, parse: key => nameOf(parse(key)), read: readObject }
  },
}

function nameOf(name: ReturnType<ReturnType<typeof createKeyParser>>): LayoutName | undefined {
  if (!name) return undefined
  const { topic, partition, firstOffset, lastOffset } = name
  return firstOffset < 0 ? { topic, partition } : { topic, partition, firstOffset, lastOffset }
}

/**
 * The records of an object that this project wrote, in the format that its extension says.
 *
 * @throws CodedError `RECORD_UNDECODABLE`, `RESTORE_FORMAT_LOSSY`
 */
export async function* readObject(
  { key, size, topic }: Pick<LayoutObject, 'key' | 'size'> & { topic?: string },
  store: Pick<LayoutStore, 'slice' | 'stream'>,
): AsyncIterable<StoredRecord[]> {
  const form = formOf(key)
  if (!form) throw new CodedError('RECORD_UNDECODABLE', `${key} has the extension of no format`, { topic })
  const { read } = await formats[form.format].load()
  if (!read) throw valuesOnly(key, topic)
  const slice = (start: number, end: number) => store.slice(key, start, end)
  yield* read({ size, slice, stream: () => store.stream(key) }, form.compression)
}

/** The error of an object in the format `raw`. */
export function valuesOnly(key: string, topic?: string): CodedError {
  const lost = 'keys, headers, timestamps, and which values were tombstones'
  return new CodedError('RESTORE_FORMAT_LOSSY', `${key} has values only: the format raw does not keep ${lost}`, {
    topic,
  })
}

/** By the longest extension that fits: `jsonl.gz` rather than none. */
function formOf(key: string) {
  const fitting = objectExtensions.filter(extension => key.endsWith(`.${extension}`))
  return objectForm(fitting.reduce((longest, one) => (one.length > longest.length ? one : longest), ''))
}
