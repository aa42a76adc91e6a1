import { compressions } from '../formats/compression.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { formats, objectExtension, objectExtensions, objectForm } from '../formats/index.ts'

/** The settings of an object with this extension, as far as the extension tells; the others are the connector's. */
export function formOfExtension(extension: string, settings: FormatSettings): FormatSettings {
  if (objectExtension(settings.format, settings.compression) === extension) return settings
  return { ...settings, ...objectForm(extension) }
}

/** The HTTP headers that describe objects of a form. */
export function contentOf({ format, compression }: FormatSettings) {
  const { contentType, compressesInside } = formats[format]
  return { contentType, contentEncoding: compressesInside ? undefined : compressions[compression].contentEncoding }
}

/** The extension that a key of an object ends with: the longest that there is, `jsonl.gz` rather than `gz`. */
export function extensionOf(key: string): string {
  const fitting = objectExtensions.filter(extension => key.endsWith(`.${extension}`))
  return fitting.reduce((longest, one) => (one.length > longest.length ? one : longest), '')
}
