import { inspect } from 'node:util'
import type { ValueFormatName } from '../../../lib/values/index.ts'
import { freePorts } from '../../../local/ports.ts'
import { TestRegistry } from '../../support/schema-registry.ts'
import { decoder as decoderFor, failure, serialized } from '../../support/serialized-values.ts'

const registry = new TestRegistry()
let url: string

beforeAll(async () => {
  url = await registry.start()
})

beforeEach(() => {
  registry.requests.length = 0
})

afterAll(() => registry.stop())

/** What decodes with a cold cache. */
const decoder = (settings: object = {}, format?: ValueFormatName) => decoderFor({ urls: [url], ...settings }, format)

describe('the registry', () => {
  test.each([
    [503, 'SCHEMA_REGISTRY_UNAVAILABLE', true],
    [429, 'SCHEMA_REGISTRY_UNAVAILABLE', true],
    [401, 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
    [403, 'SCHEMA_REGISTRY_ACCESS_DENIED', false],
    [404, 'SCHEMA_REGISTRY_REJECTED', false],
    [302, 'SCHEMA_REGISTRY_REJECTED', false],
  ])('that answers %d and no more: %s, and the next attempt asks again', async (status, code, retryable) => {
    const id = registry.register('again', { schema: '"int"' })
    registry.next.push({ status, body: '<html>' })
    const decode = await decoder()
    await expect(decode(serialized(id, 4))).rejects.toMatchObject({ code, retryable })
    expect(await decode(serialized(id, 4))).toBe(2)
  })

  test('that answers something else than a schema is not one', async () => {
    registry.next.push({ status: 200, body: { hello: 'world' } })
    expect(await failure((await decoder())(serialized(1)))).toBe('SCHEMA_REGISTRY_REJECTED')
  })

  test('that isn’t there is unavailable', async () => {
    const [port] = await freePorts(1)
    const decode = await decoder({ urls: [`http://127.0.0.1:${port}`] })
    await expect(decode(serialized(1))).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_UNAVAILABLE', retryable: true })
  })

  test('that needs a password gets it, and nobody else does', async () => {
    const id = registry.register('guarded', { schema: '"int"' })
    registry.authorization = `Basic ${Buffer.from('bob:s3cr3t').toString('base64')}`
    try {
      const credentials = { username: 'bob', password: 's3cr3t' }
      expect(await (await decoder({ credentials }))(serialized(id, 4))).toBe(2)
      const wrong = { username: 'bob', password: 's3cr3t-wrong' }
      const error = await (await decoder({ credentials: wrong }))(serialized(id, 4)).catch(error => error)
      expect(error).toMatchObject({ code: 'SCHEMA_REGISTRY_ACCESS_DENIED' })
      expect(inspect(error, { depth: null })).not.toContain('s3cr3t')
    } finally {
      registry.authorization = undefined
    }
  })

  test('may be below a path, as behind a gateway', async () => {
    await failure((await decoder({ urls: [`${url}/apis/ccompat/v7/`] }))(serialized(1)))
    expect(registry.requests).toEqual(['GET /apis/ccompat/v7/schemas/ids/1'])
  })

  test('that needs a token gets it', async () => {
    const id = registry.register('with a token', { schema: '"int"' })
    registry.authorization = 'Bearer s3cr3t.token'
    try {
      expect(await (await decoder({ credentials: { token: 's3cr3t.token' } }))(serialized(id, 4))).toBe(2)
      const wrong = await (await decoder({ credentials: { token: 'wrong' } }))(serialized(id, 4)).catch(error => error)
      expect(wrong).toMatchObject({ code: 'SCHEMA_REGISTRY_ACCESS_DENIED' })
      // A token that was rotated is read again.
      const renew = async () => ({ urls: [url], credentials: { token: 's3cr3t.token' } })
      expect(await (await decoder({ credentials: { token: 'old' }, renew }))(serialized(id, 4))).toBe(2)
    } finally {
      registry.authorization = undefined
    }
  })

  test('of Confluent may be asked over TLS, its certificate signed by an authority of one’s own', async () => {
    const id = registry.register('private', { schema: '"int"' })
    const { endpoint, ca, stop } = await registry.behindTls()
    try {
      expect(await (await decoder({ urls: [endpoint], tls: { ca } }))(serialized(id, 4))).toBe(2)
      expect(await failure((await decoder({ urls: [endpoint] }))(serialized(id, 4)))).toBe(
        'SCHEMA_REGISTRY_UNAVAILABLE',
      )
    } finally {
      await stop()
    }
  })

  test('that wants to know its clients gets their certificate; a refused one is read again', async () => {
    const id = registry.register('mutual', { schema: '"int"' })
    const { endpoint, ca, client, stop } = await registry.behindTls(true)
    try {
      const tls = { ca, ...client }
      expect(await (await decoder({ urls: [endpoint], tls }))(serialized(id, 4))).toBe(2)
      const without = { urls: [endpoint], tls: { ca } }
      expect(await failure((await decoder(without))(serialized(id, 4)))).toBe('SCHEMA_REGISTRY_ACCESS_DENIED')
      const renew = async () => ({ urls: [endpoint], tls })
      expect(await (await decoder({ ...without, renew }))(serialized(id, 4))).toBe(2)
    } finally {
      await stop()
    }
  })
})

describe('several servers of a registry', () => {
  test('are asked in turn when one can’t be reached, and the one that answered is asked first from then on', async () => {
    const [port] = await freePorts(1)
    const [one, other] = [
      registry.register('one', { schema: '"int"' }),
      registry.register('other', { schema: '"long"' }),
    ]
    const decode = await decoder({ urls: [`http://127.0.0.1:${port}`, url] })
    expect(await decode(serialized(one, 4))).toBe(2)
    expect(await decode(serialized(other, 4))).toBe(2)
    expect(registry.requests).toHaveLength(2)
  })

  test.each([503, 429, 500])('are asked in turn when one answers %d', async status => {
    const id = registry.register('again', { schema: '"int"' })
    registry.next.push({ status, body: '' })
    expect(await (await decoder({ urls: [url, `${url}/`] }))(serialized(id, 4))).toBe(2)
    expect(registry.requests).toHaveLength(2)
  })

  test('fail when none can be reached, each asked once', async () => {
    registry.next.push({ status: 503, body: '' }, { status: 503, body: '' })
    const decode = await decoder({ urls: [url, url] })
    await expect(decode(serialized(1))).rejects.toMatchObject({ code: 'SCHEMA_REGISTRY_UNAVAILABLE', retryable: true })
    expect(registry.requests).toHaveLength(2)
  })

  test('have the same schemas: what one doesn’t know, or denies, the others are not asked for', async () => {
    expect(await failure((await decoder({ urls: [url, url] }))(serialized(4711)))).toBe('SCHEMA_UNKNOWN')
    expect(registry.requests).toHaveLength(1)
  })
})

describe('references', () => {
  const referring = (subject: string, ...to: string[]) => {
    const references = to.map(name => ({ name, subject: name, version: 1 }))
    return registry.register(subject, { schema: `"int"`, references })
  }

  // The schemas that old values were written with refer to versions that were deleted since. Report: schema-registry 4277.
  test('to a version that is deleted are read', async () => {
    registry.register('deleted', { schema: '{"type":"record","name":"Gone","fields":[{"name":"a","type":"int"}]}' })
    const id = registry.register('refers', {
      schema: '"Gone"',
      references: [{ name: 'Gone', subject: 'deleted', version: 1 }],
    })
    registry.delete('deleted', 1)
    expect(await (await decoder())(serialized(id, 4))).toEqual({ a: 2 })
    expect(registry.requests).toContain('GET /subjects/deleted/versions/1?deleted=true')
  })

  test('that lead back to themselves are the schema’s fault, after a few requests; there were 13,575 in ten seconds', async () => {
    referring('circle a', 'circle b')
    referring('circle b', 'circle a')
    const error = await (await decoder())(serialized(referring('circle', 'circle a'), 4)).catch(error => error)
    expect(error).toMatchObject({
      code: 'SCHEMA_INVALID',
      message: expect.stringContaining('circle a, version 1 refers to itself'),
    })
    expect(registry.requests).toHaveLength(3)
  })

  test('that meet again are asked for once', async () => {
    referring('bottom')
    referring('left', 'bottom')
    referring('right', 'bottom')
    expect(await (await decoder())(serialized(referring('top', 'left', 'right'), 4))).toBe(2)
    expect(registry.requests).toHaveLength(4)
  })

  test('of JSON Schema are not asked for: JSON is read without them', async () => {
    const references = [{ name: 'gone.json', subject: 'gone', version: 1 }]
    const id = registry.register('json', { schema: '{"$ref":"gone.json"}', schemaType: 'JSON', references })
    expect(await (await decoder({}, 'json-schema'))(Buffer.concat([serialized(id), Buffer.from('[1]')]))).toEqual([1])
    expect(registry.requests).toHaveLength(1)
  })

  test('without an end are the schema’s fault', async () => {
    for (let i = 0; i < 1_002; i++) referring(`chain ${i}`, `chain ${i + 1}`)
    const error = await (await decoder())(serialized(referring('chain', 'chain 0'), 4)).catch(error => error)
    expect(error).toMatchObject({ code: 'SCHEMA_INVALID', message: expect.stringContaining('more than 1000 others') })
  })
})

/** Source: Confluent Platform 8, "Wire format": a one and the schema's GUID, or a zero and its id. */
describe('a schema’s id in the header `__value_schema_id`', () => {
  const PROTO = 'syntax = "proto3"; message A { string a = 1; } message B { string b = 1; }'

  async function decodeWith(header: Buffer | null, value: number[], format: ValueFormatName = 'avro') {
    const headers = [
      { key: '__key_schema_id', value: Buffer.from('01', 'hex') },
      { key: '__value_schema_id', value: Buffer.from('not this one') },
      { key: '__value_schema_id', value: header },
    ]
    return await (await decoder({}, format))(Buffer.from(value), { headers })
  }

  const guid = (id: number) => Buffer.from(`01${registry.guidOf(id).replaceAll('-', '')}`, 'hex')

  test('is a GUID, or an id; the value has none then', async () => {
    const id = registry.register('in a header', { schema: '{"type":"int","doc":"header"}' })
    expect(await decodeWith(guid(id), [4])).toBe(2)
    expect(registry.requests).toEqual([`GET /schemas/guids/${registry.guidOf(id)}`])
    expect(await decodeWith(serialized(id), [4])).toBe(2)
  })

  test('is followed by the message of a Protobuf schema', async () => {
    const id = registry.register('messages in a header', { schema: PROTO, schemaType: 'PROTOBUF' })
    const message = [0x0a, 1, 0x78]
    expect(await decodeWith(Buffer.concat([guid(id), Buffer.from([2, 2])]), message, 'protobuf')).toEqual({ b: 'x' })
    expect(await decodeWith(Buffer.concat([guid(id), Buffer.from([0])]), message, 'protobuf')).toEqual({ a: 'x' })
    expect(await decodeWith(serialized(id, 2, 2), message, 'protobuf')).toEqual({ b: 'x' })
  })

  test('that is none makes the value abnormal data; without one, the value has the id itself', async () => {
    for (const header of ['02', '0000', '01cafe', '']) {
      const failed = failure(decodeWith(Buffer.from(header, 'hex'), [4]))
      expect(await failed).toBe('VALUE_UNDECODABLE')
    }
    const id = registry.register('in the value', { schema: '{"type":"int","doc":"value"}' })
    expect(await decodeWith(null, [...serialized(id, 4)])).toBe(2)
  })
  // A registry without GUIDs answers a 404 that is not its own error. It failed the whole batch of a record with such a header.
  test.each(['<html>Not Found</html>', { error_code: 404, message: 'HTTP 404 Not Found' }, { detail: 'Not Found' }])(
    'that is a GUID is unknown to a registry that answers %j',
    async body => {
      registry.next.push({ status: 404, body })
      expect(await failure(decodeWith(Buffer.alloc(17, 1), [4]))).toBe('SCHEMA_UNKNOWN')
    },
  )
})

// A negative id was taken for a GUID. Registries without GUIDs answered so that the whole batch failed, good records included.
describe('an id that no registry gives', () => {
  test.each([
    ['in the value', Buffer.from('00ffffffff00', 'hex'), {}],
    [
      'in a header',
      Buffer.from([4]),
      { headers: [{ key: '__value_schema_id', value: Buffer.from('0080000000', 'hex') }] },
    ],
    ['from the platform', Buffer.from([4]), { valueSchemaId: '-1' }],
    ['that is a path', Buffer.from([4]), { valueSchemaId: '../subjects' }],
  ])('%s makes its record abnormal data, and is not asked for', async (_, value, more) => {
    expect(await failure((await decoder())(value, more))).toBe('VALUE_UNDECODABLE')
    expect(registry.requests).toEqual([])
  })
})
