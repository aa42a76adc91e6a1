import kafkajs from 'kafkajs'
import { type Codec, codecNames, codecs } from '../codec.ts'

/** Codecs that kafkajs lacks. */
const isMissing = (name: Codec): name is Exclude<Codec, 'none' | 'gzip'> => name !== 'none' && name !== 'gzip'

/** Registers them from the other client library, which is loaded when the first record needs it. */
for (const name of codecNames.filter(isMissing)) {
  const algorithm = async () => (await import('@platformatic/kafka')).compressionsAlgorithms[name]
  kafkajs.CompressionCodecs[codecs[name]] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => (await algorithm()).compressSync(buffer),
    decompress: async (buffer: Buffer) => (await algorithm()).decompressSync(buffer),
  })
}
