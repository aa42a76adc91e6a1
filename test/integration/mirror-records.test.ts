import fc from 'fast-check'
import { encodeCheckpoint, encodeHeartbeat, encodeOffsetSync } from '../../lib/replication/offsets/mirror-records.ts'
import { checkpoint, heartbeat, offsetSync } from '../support/arbitrary-mirror-records.ts'
import { type MirrorOracle, startMirrorOracle } from '../support/mirror-oracle.ts'
import { definitionsOf } from '../support/setting-definitions.ts'

describe('MirrorMaker 2’s own classes', () => {
  let oracle: MirrorOracle

  beforeAll(async () => {
    oracle = await startMirrorOracle()
  })

  afterAll(() => oracle.stop())

  const hex = ({ key, value }: { key: Buffer; value: Buffer }) => [key.toString('hex'), value.toString('hex')]
  const fields = (record: object) => Object.values(record).map(String)

  test.each([
    ['offset-sync', offsetSync, encodeOffsetSync],
    ['checkpoint', checkpoint, encodeCheckpoint],
    ['heartbeat', heartbeat, encodeHeartbeat],
  ] as const)('write and read the same bytes: %s', async (name, records, encode) => {
    const anyRecord = records as fc.Arbitrary<object>
    const anyEncode = encode as (record: object) => { key: Buffer; value: Buffer }
    const plain = anyRecord.filter(record => fields(record).every(field => !/[\t\r\n]/.test(field)))
    await fc.assert(
      fc.asyncProperty(plain, async record => {
        const ours = hex(anyEncode(record))
        await expect(oracle.ask(`encode-${name}`, ...fields(record))).resolves.toEqual(ours)
        await expect(oracle.ask(`decode-${name}`, ...ours)).resolves.toEqual(fields(record))
      }),
    )
  })

  test.each([
    ['sink-settings', 'connect-sink'],
    ['mirror-settings', 'mirror-maker'],
  ])('define the settings that the table is held against: %s', async (command, file) => {
    const defined = (await oracle.ask(command)).map(line => line.replace(' ', '\t'))
    const stored = Array.from(definitionsOf(file), ([name, text]) => (text === undefined ? name : `${name}\t${text}`))
    expect(stored.toSorted()).toEqual(defined.toSorted())
  })
})
