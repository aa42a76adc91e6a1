import { createHash } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { HttpRequest } from '@smithy/core/protocols'
import { createClient } from '../../../lib/s3/client.ts'
import { creationFields } from '../../../lib/s3/request-fields.ts'
import type { StoreSettings } from '../../../lib/s3/settings.ts'

const body = Buffer.from('some records')
const signedBody = createHash('sha256').update(body).digest('hex')
const aws: StoreSettings = {
  bucket: 'lake',
  region: 'eu-central-1',
  forcePathStyle: false,
  credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
}

/** The headers with which an object would be written; nothing is sent. */
async function headersOf(settings: StoreSettings): Promise<HttpRequest['headers']> {
  const client = createClient(settings)
  let headers: HttpRequest['headers'] = {}
  client.middlewareStack.add(
    () => async args => {
      headers = (args.request as HttpRequest).headers
      return { response: {}, output: { $metadata: {} } as never }
    },
    { step: 'finalizeRequest', priority: 'low' },
  )
  await client.send(new PutObjectCommand({ ...creationFields(settings), Key: 'object', Body: body }))
  client.destroy()
  return headers
}

test('for AWS the signature covers the checksum in place of the body', async () => {
  const headers = await headersOf(aws)
  expect(headers).toMatchObject({
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    'x-amz-checksum-crc32': expect.stringMatching(/^.{8}$/),
    authorization: expect.stringMatching(/SignedHeaders=[^,]*x-amz-checksum-crc32;[^,]*x-amz-content-sha256/),
  })
})

test.each([
  ['without a checksum', { ...aws, checksum: 'none' }],
  ['of another store', { ...aws, endpoint: 'https://store.example' }],
  ['without TLS', { ...aws, endpoint: 'http://127.0.0.1:9000' }],
] satisfies [string, StoreSettings][])('the signature %s covers the body', async (_, settings) => {
  expect(await headersOf(settings)).toMatchObject({ 'x-amz-content-sha256': signedBody })
})
