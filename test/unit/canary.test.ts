import zlib from 'node:zlib'
import { compressionNames } from '../../lib/formats/compression.ts'
import { formatNames } from '../../lib/formats/index.ts'
import type { KafkaRecord } from '../../lib/record.ts'
import { createCanary, findCanaries } from '../support/canary.ts'
import { encodeWith } from '../support/formats.ts'

const canary = createCanary('secret')

function found(content: string | Uint8Array): string[] {
  return findCanaries([canary], [{ place: 'here', content }])
}

/** Of which one begins somewhere in the middle of what a compressor has seen before. */
const records: KafkaRecord[] = ['first', `before ${canary.text} behind`, 'last'].map((text, offset) => ({
  ...{ topic: 'orders', partition: 0, offset, timestamp: 1, headers: [] },
  key: Buffer.from(`key ${offset}`),
  value: Buffer.from(text),
}))

const forms = formatNames.flatMap(format => compressionNames.map(compression => ({ format, compression })))

test.each(forms)('a secret is found in an object of the format $format with compression $compression', async form => {
  const { body } = await encodeWith(records, form)
  // JSON has bytes as they are where they are text, and in base64 otherwise.
  expect(found(body)).toEqual([expect.stringMatching(/^secret as .+ in here$/)])
})

test.each(forms)('no secret is found where there is none, in $format with compression $compression', async form => {
  const { body } = await encodeWith(records.slice(2), form)
  expect(found(body)).toEqual([])
})

test('a secret is found in compressed bytes within other bytes, and within compressed bytes', () => {
  const around = (bytes: Buffer) => Buffer.concat([Buffer.from('before'), bytes, Buffer.from('behind')])
  const inner = around(zlib.zstdCompressSync(Buffer.from(canary.text)))
  for (const content of [inner, around(zlib.gzipSync(inner))])
    expect(found(content)).toEqual(['secret as text in here'])
})

test('a secret is found as URLs, XML, base64 and hex write it', () => {
  const { text } = canary
  const written = {
    URL: encodeURIComponent(text),
    XML: `<Message>${text.replaceAll('&', '&amp;')}</Message>`,
    hex: Buffer.from(text).toString('hex'),
    'base64, 2 behind a group': Buffer.from(`{"${text}"}`).toString('base64'),
  }
  for (const [form, content] of Object.entries(written)) expect(found(content)).toContain(`secret as ${form} in here`)
})
