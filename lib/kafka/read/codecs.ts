import kafkajs, { CompressionTypes } from 'kafkajs'

/** kafkajs has gzip only. The other client has the rest, and is loaded when a record needs it. */
for (const [type, name] of [
  [CompressionTypes.Snappy, 'snappy'],
  [CompressionTypes.LZ4, 'lz4'],
  [CompressionTypes.ZSTD, 'zstd'],
] as const) {
  const algorithm = async () => (await import('@platformatic/kafka')).compressionsAlgorithms[name]
  kafkajs.CompressionCodecs[type] = () => ({
    compress: async ({ buffer }: { buffer: Buffer }) => (await algorithm()).compressSync(buffer),
    decompress: async (buffer: Buffer) => (await algorithm()).decompressSync(buffer),
  })
}
