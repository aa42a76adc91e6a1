import { type CompressionName, compressionNames } from '../../../lib/formats/compression.ts'
import { type FormatName, formatNames } from '../../../lib/formats/index.ts'

/** What the function is measured with. */
export interface Variant {
  format: FormatName
  compression: CompressionName
}

export const variants: readonly Variant[] = formatNames.flatMap(format =>
  compressionNames.map(compression => ({ format, compression })),
)

/** `json zstd` */
export function variantName({ format, compression }: Variant): string {
  return `${format} ${compression}`
}
