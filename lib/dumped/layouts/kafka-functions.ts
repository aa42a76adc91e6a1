import { CodedError } from '../../error.ts'
import type { StoredRecord } from '../../formats/format.ts'
import { formats, objectExtensions, objectForm } from '../../formats/index.ts'
import { createKeyParser } from '../../objects/key.ts'
import { DEFAULT_TEMPLATE, parseTemplate, type Template } from '../../objects/template.ts'
import type { Layout, LayoutObject } from '../layout.ts'
import type { LayoutSettings } from './index.ts'

/** The dumps of this project, with any partitioner and format: what a key says follows from the template alone. */
export function kafkaFunctions({ prefix, template }: LayoutSettings): Layout {
  const parse = createKeyParser(prefix, template ?? (parseTemplate(DEFAULT_TEMPLATE) as Template))
  return {
    losses: [],
    parse(key) {
      const name = parse(key)
      if (!name) return undefined
      const { topic, partition, firstOffset, lastOffset } = name
      return firstOffset < 0 ? { topic, partition } : { topic, partition, firstOffset, lastOffset }
    },
    read: readObject,
  }
}

/**
 * The records of an object that this project wrote, as its extension says.
 *
 * @throws CodedError `RECORD_UNDECODABLE`, `RESTORE_FORMAT_LOSSY`
 */
export async function* readObject(
  { key, size, topic }: Pick<LayoutObject, 'key' | 'size' | 'topic'>,
  store: Parameters<Layout['read']>[1],
): AsyncIterable<StoredRecord[]> {
  const form = formOf(key)
  if (!form) throw new CodedError('RECORD_UNDECODABLE', `${key} has the extension of no format`, { topic })
  const { read } = await formats[form.format].load()
  if (!read) {
    const message = `${key} has values only: keys, headers, timestamps, and which values are tombstones were not kept by the format ${form.format}`
    throw new CodedError('RESTORE_FORMAT_LOSSY', message, { topic })
  }
  const slice = (start: number, end: number) => store.slice(key, start, end)
  yield* read({ size, slice, stream: () => store.stream(key) }, form.compression)
}

/** By the longest extension that fits: `jsonl.gz` rather than none. */
function formOf(key: string) {
  const fitting = objectExtensions.filter(extension => key.endsWith(`.${extension}`))
  return objectForm(fitting.reduce((longest, one) => (one.length > longest.length ? one : longest), ''))
}
