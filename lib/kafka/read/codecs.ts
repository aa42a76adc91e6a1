import kafkajs from 'kafkajs'
import { zstdContent } from '../../zstd-frames.ts'
import { type Codec, codecNames, codecs } from '../codec.ts'

/** Codecs that kafkajs lacks. */
const isMissing = (name: Codec): name is Exclude<Codec, 'none' | 'gzip'> => name !== 'none' && name !== 'gzip'

/** Registers them from the other client library, which is loaded when the first record needs it. */
for (const name of codecNames.filter(isMissing)) {
  const algorithm = async () => (await import('@platformatic/kafka')).compressionsAlgorithms[name]
  kafkajs.CompressionCodecs[codecs[name]] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => (await algorithm()).compressSync(buffer),
    // Java's readers take several frames for a batch's records, too.
    decompress: async (buffer: Buffer) =>
      name === 'zstd' ? zstdContent(buffer) : (await algorithm()).decompressSync(buffer),
  })
}

/**
 * The records of a batch as they were before compression.
 *
 * @param codec the number in the batch's attributes, as in {@link codecs}
 * @throws an error when the bytes are damaged
 */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  if (codec === codecs.none) return bytes
  const registered = kafkajs.CompressionCodecs[codec as keyof typeof kafkajs.CompressionCodecs]
  if (!registered) throw new Error(`there is no codec ${codec}`)
  return registered().decompress(bytes)
}
