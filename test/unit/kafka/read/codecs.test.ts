import zlib from 'node:zlib'
import kafkajs from 'kafkajs'
import '../../../../lib/kafka/read/codecs.ts'
import { codecs } from '../../../../lib/kafka/codec.ts'

test('records that a producer compressed in several zstd frames are all read', async () => {
  const frames = ['one', 'two', 'three'].map(text => zlib.zstdCompressSync(text))
  const { decompress } = kafkajs.CompressionCodecs[codecs.zstd]()
  expect((await decompress(Buffer.concat(frames))).toString()).toBe('onetwothree')
})
