import type { FoundSettings } from './found-connector.ts'
import { readJson } from './read-json.ts'
import { readEnvironment, readProperties } from './read-properties.ts'

/** The largest file, in bytes: hundreds of connectors have less. */
const MAX_BYTES = 1_000_000

/**
 * Reads a file of another system: JSON, Java properties, or variables.
 *
 * @throws an error that says what the file is, or what is wrong with it; never with a value
 */
export function readSettings(bytes: Buffer): FoundSettings {
  if (bytes.length > MAX_BYTES) {
    throw new Error(
      `The file has ${bytes.length.toLocaleString('en')} bytes, which settings don’t have: expected at most 1 MB.`,
    )
  }
  const text = textOf(bytes)
  if (text.trim() === '') throw new Error('The file is empty.')
  if (/^\s*[[{]/.test(text)) return readJson(text)
  if (/^(---|apiVersion:|kind:|spec:)/m.test(text)) {
    throw new Error(
      'The file is YAML, as of Kubernetes: expected JSON or properties. Of Strimzi’s resources, copy spec.config.',
    )
  }
  return /^\s*(export\s+)?(kafka_address|kafka_topic_name)\s*=/m.test(text)
    ? readEnvironment(text)
    : readProperties(text)
}

/** UTF-8, as editors write it: a byte order mark is no part of it. UTF-16 and binary files are refused. */
function textOf(bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {
    // Said below.
  }
  throw new Error('The file is not text in UTF-8.')
}
