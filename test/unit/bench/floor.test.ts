import { readDumpSettings } from '../../../lib/config/dump.ts'
import { encode } from '../../../lib/formats/encode.ts'
import { type FormatName, formatNames } from '../../../lib/formats/index.ts'
import { detectPlatform } from '../../../lib/platforms/index.ts'
import { decodedRecords, floors } from '../../bench/function/floor.ts'
import { lambdaEvent } from '../../bench/lambda-event.ts'

const text = lambdaEvent(index => (index % 5 === 0 ? 'Zoë Müller' : 'Jan Jansen'))

/** The objects of the floor and those of the function, without compression. */
async function objectsOf(name: FormatName): Promise<{ floor: Buffer[]; ours: Buffer[] }> {
  const { format } = readDumpSettings({ S3_BUCKET: 'bench-bucket', FORMAT: name, COMPRESSION: 'none' })
  const event = JSON.parse(text)
  const floor = decodedRecords(event, floors[name]).map(records => Buffer.concat(floors[name].encode(records)))
  const batches = detectPlatform(event).toBatches(event)
  const ours = await Promise.all(batches.map(async ({ records }) => (await encode(records, format)).body))
  return { floor, ours }
}

test.each(['json', 'raw'] as const)('the floor of %s gives the objects of the function', async name => {
  const { floor, ours } = await objectsOf(name)
  expect(Buffer.concat(floor).equals(Buffer.concat(ours))).toBe(true)
})

test.each(formatNames)('the floor of %s gives as many bytes as the function, within a hundredth', async name => {
  const { floor, ours } = await objectsOf(name)
  expect(floor).toHaveLength(ours.length)
  const [floorBytes, ourBytes] = [floor, ours].map(objects => Buffer.concat(objects).length) as [number, number]
  expect(Math.abs(floorBytes - ourBytes) / ourBytes).toBeLessThan(0.01)
})
