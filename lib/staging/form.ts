import { shortDigest } from '../digest.ts'
import type { FormatSettings } from '../formats/encode.ts'
import { objectExtension } from '../formats/index.ts'

/** Hexadecimal digits of a form's digest in names: a connector has few forms in its life. */
export const FORM_DIGITS = 8

/** What decides how frames look, of a connector's settings: frames of the same form can be joined. */
export function formOf(settings: FormatSettings): FormatSettings {
  const { format, values, compression, includeHeaders, includeKey, includeValueSize, maxInlineValueBytes } = settings
  const { recordSeparator } = settings
  const inline = maxInlineValueBytes === undefined ? {} : { maxInlineValueBytes }
  // Written out in one order, as the digest depends on it.
  return { format, values, compression, includeHeaders, includeKey, includeValueSize, ...inline, recordSeparator }
}

/** Identifies a form in names: {@link FORM_DIGITS} hexadecimal digits. */
export function formDigest(settings: FormatSettings): string {
  return shortDigest(JSON.stringify(formOf(settings)), FORM_DIGITS)
}

/** The extension of objects of this form, without the first dot: `json.gz`, `parquet`, … */
export function formExtension({ format, compression }: FormatSettings): string {
  return objectExtension(format, compression)
}
