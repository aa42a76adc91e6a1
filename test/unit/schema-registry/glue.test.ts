import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import zlib from 'node:zlib'
import { createGlueRegistry } from '../../../lib/schema-registry/glue.ts'
import { avro } from '../../../lib/values/avro.ts'
import { jsonSchema } from '../../../lib/values/json-schema.ts'
import { protobuf } from '../../../lib/values/protobuf.ts'
import { createSchemaDecoder, type SchemaFormat } from '../../../lib/values/schema-decoder.ts'
import { freePorts } from '../../../local/ports.ts'
import { awkwardRecord } from '../../support/awkward-records.ts'

const arn = 'arn:aws:glue:eu-central-1:123456789012:registry/orders'
const SCHEMA_ID = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63'
const header = (compression = 0) =>
  Buffer.from(`03${compression.toString(16).padStart(2, '0')}${SCHEMA_ID.replaceAll('-', '')}`, 'hex')

/** What AWS Glue got last, and what it answers next. */
let request: { method?: string; url?: string; headers: Record<string, unknown>; body: string }
let answer: { status: number; body: unknown }

const server = createServer(async (incoming, response) => {
  const { method, url, headers } = incoming
  request = { method, url, headers, body: await text(incoming) }
  response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer.body))
})

beforeAll(async () => {
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 's3cr3t',
    AWS_SESSION_TOKEN: 'token',
  })
  // Requests of one test may be more than Node's five seconds apart on a busy machine.
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.env.AWS_ENDPOINT_URL_GLUE = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

function decode(value: Buffer, format: SchemaFormat = avro, limit = 1_000_000): Promise<unknown> {
  const decode = createSchemaDecoder(format, createGlueRegistry({ arn }))
  return Promise.resolve(decode({ ...awkwardRecord({}), value }, limit)).then(json => JSON.parse(json.toString()))
}

const found = (DataFormat: string, SchemaDefinition: string) => {
  answer = { status: 200, body: { SchemaVersionId: SCHEMA_ID, SchemaDefinition, DataFormat, Status: 'AVAILABLE' } }
}

test('the request is GetSchemaVersion, signed for AWS Glue in the registry’s region', async () => {
  found('AVRO', '"int"')
  expect(await decode(Buffer.concat([header(), Buffer.from([4])]))).toBe(2)
  expect(request).toMatchObject({
    method: 'POST',
    url: '/',
    body: JSON.stringify({ SchemaVersionId: SCHEMA_ID }),
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSGlue.GetSchemaVersion',
      'x-amz-security-token': 'token',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/glue\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$/,
      ),
    },
  })
})

// Glue rejects such a request, which would have failed the whole batch.
test('an id from the platform that is none of Glue’s makes its record abnormal data', async () => {
  const value = { ...awkwardRecord({}), value: Buffer.from([4]), valueSchemaId: '17' }
  const decoding = async () => createSchemaDecoder(avro, createGlueRegistry({ arn }))(value, 1_000)
  await expect(decoding()).rejects.toMatchObject({ code: 'VALUE_UNDECODABLE' })
})

test('a compressed value is decompressed', async () => {
  found('AVRO', '"string"')
  const value = Buffer.concat([header(5), zlib.deflateSync(Buffer.from('\x06abc'))])
  expect(await decode(value)).toBe('abc')
  const broken = Buffer.concat([header(5), Buffer.from('no zlib')])
  await expect(decode(broken)).rejects.toMatchObject({ code: 'VALUE_UNDECODABLE' })
})

// Eight values of 96 KB took 1.7 GB.
test('a compressed value is not decompressed beyond what is left for its batch', async () => {
  found('JSON', '{}')
  const bomb = Buffer.concat([header(5), zlib.deflateSync(Buffer.alloc(1_000_001, ' '))])
  expect(bomb.length).toBeLessThan(2_000)
  await expect(decode(bomb, jsonSchema)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' })
  const text = Buffer.concat([header(5), zlib.deflateSync(Buffer.from('1'.padEnd(1_000_000)))])
  expect(await decode(text, jsonSchema)).toBe(1)
  await expect(decode(text, jsonSchema, 0)).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' })
})

test('a message is found by its place among all full names, the entries of maps counted', async () => {
  // Sorted: shop.B, shop.B.A, shop.B.A.D, shop.B.C, shop.B.PricesEntry, shop.Z.
  const schema = `syntax = "proto3"; package shop;
    message Z { string z = 1; }
    message B {
      message C { string c = 1; }
      message A { message D { string d = 1; } }
      map<string, int32> prices = 1;
    }`
  found('PROTOBUF', schema)
  const message = Buffer.from([0x0a, 1, 0x78])
  expect(await decode(Buffer.concat([header(), Buffer.from([2]), message]), protobuf)).toEqual({ d: 'x' })
  expect(await decode(Buffer.concat([header(), Buffer.from([3]), message]), protobuf)).toEqual({ c: 'x' })
  expect(await decode(Buffer.concat([header(), Buffer.from([5]), message]), protobuf)).toEqual({ z: 'x' })
  for (const index of [4, 6]) {
    const nothing = Buffer.concat([header(), Buffer.from([index]), message])
    await expect(decode(nothing, protobuf)).rejects.toMatchObject({ code: 'VALUE_UNDECODABLE' })
  }
})

test.each([
  // Retryable, since a registry that lags comes to know it.
  [400, 'EntityNotFoundException', 'SCHEMA_UNKNOWN', true],
  [400, 'AccessDeniedException', 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
  [400, 'UnrecognizedClientException', 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
  [400, 'com.amazon.coral.service#ExpiredTokenException', 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
  [400, 'ThrottlingException', 'SCHEMA_REGISTRY_UNAVAILABLE', true],
  [500, 'InternalServiceException', 'SCHEMA_REGISTRY_UNAVAILABLE', true],
  [400, 'InvalidInputException', 'SCHEMA_REGISTRY_REJECTED', false],
])('%d %s is %s', async (status, type, code, retryable) => {
  answer = { status, body: { __type: type, Message: 'why' } }
  const message = `Could not read the schema ${SCHEMA_ID}: ${type.replace(/.*#/, '')}: why`
  await expect(decode(header())).rejects.toMatchObject({ code, retryable, message })
})

test.each([
  [403, 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
  [503, 'SCHEMA_REGISTRY_UNAVAILABLE', true],
  [200, 'SCHEMA_REGISTRY_REJECTED', false],
])('%d of something in between, which says nothing, is %s', async (status, code, retryable) => {
  answer = { status, body: 'a page' }
  await expect(decode(header())).rejects.toMatchObject({ code, retryable })
})

test('where nothing listens, the error says so', async () => {
  const { AWS_ENDPOINT_URL_GLUE } = process.env
  const [port] = await freePorts(1)
  process.env.AWS_ENDPOINT_URL_GLUE = `http://127.0.0.1:${port}`
  const message = expect.stringMatching(/127\.0\.0\.1:\d+ could not be reached: connect ECONNREFUSED/)
  await expect(decode(header())).rejects.toMatchObject({
    code: 'SCHEMA_REGISTRY_UNAVAILABLE',
    retryable: true,
    message,
  })
  Object.assign(process.env, { AWS_ENDPOINT_URL_GLUE })
})

test.each([
  ['Confluent’s header', Buffer.from('0000000001', 'hex')],
  ['an unknown compression', header(7)],
  ['half a header', header().subarray(0, 10)],
])('a value with %s is abnormal data', async (_, value) => {
  await expect(decode(value)).rejects.toMatchObject({ code: 'VALUE_UNDECODABLE' })
})
