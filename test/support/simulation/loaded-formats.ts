import { formats } from '../../../lib/formats/index.ts'

/**
 * Formats are loaded on first use, which in the midst of a history would take as long as many others; and to find out that a
 * module is there already takes longer than a step.
 */
for (const format of Object.values(formats)) {
  const codec = await format.load()
  format.load = async () => codec
}

/** Errors are part of most histories, and nobody reads where they came from. */
Error.stackTraceLimit = 0
