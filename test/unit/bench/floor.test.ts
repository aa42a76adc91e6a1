import { readDumpSettings } from '../../../lib/config/dump.ts'
import type { CompressionName } from '../../../lib/formats/compression.ts'
import { encode } from '../../../lib/formats/encode.ts'
import type { FormatName } from '../../../lib/formats/index.ts'
import { detectPlatform } from '../../../lib/platforms/index.ts'
import { decodedRecords, floors } from '../../bench/function/floor.ts'
import { variants } from '../../bench/function/variant.ts'
import { lambdaEvent } from '../../bench/lambda-event.ts'

const text = lambdaEvent(index => (index % 5 === 0 ? 'Zoë Müller' : 'Jan Jansen'))

/** The objects of the floor and those of the function. */
async function objectsOf(
  format: FormatName,
  compression: CompressionName,
): Promise<{ floor: Buffer[]; ours: Buffer[] }> {
  const settings = readDumpSettings({ S3_BUCKET: 'bench-bucket', FORMAT: format, COMPRESSION: compression })
  const event = JSON.parse(text)
  const { encode: pieces, compress } = floors[format]
  const floor = decodedRecords(event, floors[format]).map(records =>
    Buffer.concat(pieces(records).map(compress[compression])),
  )
  const batches = detectPlatform(event).toBatches(event)
  const ours = await Promise.all(batches.map(async ({ records }) => (await encode(records, settings.format)).body))
  return { floor, ours }
}

test.each(['json', 'raw'] as const)('the floor of %s gives the objects of the function', async format => {
  const { floor, ours } = await objectsOf(format, 'none')
  expect(Buffer.concat(floor).equals(Buffer.concat(ours))).toBe(true)
})

/** Of the bytes: headers and footers of files, and how a compressor begins. Another level gives 5 % more or less. */
const TOLERANCE = { none: 0.01, gzip: 0.03, zstd: 0.03 }

test.each(variants)('the floor of $format $compression gives as many bytes as the function', async variant => {
  const { format, compression } = variant
  const { floor, ours } = await objectsOf(format, compression)
  expect(floor).toHaveLength(ours.length)
  const [floorBytes, ourBytes] = [floor, ours].map(objects => Buffer.concat(objects).length) as [number, number]
  expect(Math.abs(floorBytes - ourBytes) / ourBytes).toBeLessThan(TOLERANCE[compression])
})
