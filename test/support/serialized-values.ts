import { decoderOf, type ValueFormatName } from '../../lib/values/index.ts'
import { awkwardRecord } from './awkward-records.ts'

/** Bytes that a decoded value may have. */
export const LIMIT = 1_000_000

/** A value as Confluent's serializers write it. */
export function serialized(schemaId: number, ...bytes: number[]): Buffer {
  const header = Buffer.alloc(5)
  header.writeInt32BE(schemaId, 1)
  return Buffer.concat([header, Buffer.from(bytes)])
}

/** What decodes values of Avro, or of another format, with a cold cache. */
export async function decoder(settings: { urls: string[] }, format: ValueFormatName = 'avro') {
  const decode = await decoderOf(format, settings)?.()
  return async (value: Buffer, more: object = {}) => {
    const json = await decode?.({ ...awkwardRecord({}), value, ...more }, LIMIT)
    return JSON.parse(json?.toString() ?? '')
  }
}

/** The code of the error that decoding ends with, or what was decoded. */
export function failure(decoded: Promise<unknown>): Promise<string> {
  return decoded.then(String, (error: { code: string }) => error.code)
}
