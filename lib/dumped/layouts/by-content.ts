import type { ByteSource } from '../../formats/byte-source.ts'
import { type FormatName, formats } from '../../formats/index.ts'
import type { LayoutObject, LayoutRecord, LayoutStore } from '../layout.ts'
import { type Content, openContent } from './content.ts'
import type { ConnectorLayout } from './settings.ts'
import { ofPlace, surveyed } from './survey.ts'
import { decodable } from './undecodable.ts'

/**
 * Objects of this project under any name: another template's, renamed, or moved. Their records tell what they are of, and their
 * first bytes the format and the compression.
 */
export const byContent: ConnectorLayout = {
  title: 'Objects of this project whose keys tell nothing',
  losses: [],
  create: () => ({
    losses: byContent.losses,
    isChained: false,
    // A console makes objects for folders, too.
    parse: key => (key.endsWith('/') ? undefined : 'unread'),
    survey: (object, store) => surveyed(recordsOf(object, store)),
    read: (object, store) => ofPlace(recordsOf(object, store), object),
  }),
}

function recordsOf(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore): AsyncIterable<LayoutRecord[]> {
  return decodable('an object of records', contentsOf(object, store))
}

async function* contentsOf(object: Pick<LayoutObject, 'key' | 'size'>, store: LayoutStore) {
  const content = await openContent(object, store)
  const { read } = await formats[formatOf(content)].load()
  if (read) yield* read(decompressed(content), 'none')
}

/** A text that isn't one of records, such as one in the format `raw`, turns out not to be JSON Lines. */
function formatOf({ format, begin }: Content): FormatName {
  if (format !== 'text') return format
  return begin.trimStart().startsWith('[') ? 'json' : 'jsonl'
}

/** The object's bytes without the compression of the whole. */
function decompressed({ source, chunks }: Content): ByteSource {
  return { ...source, stream: () => chunks }
}
