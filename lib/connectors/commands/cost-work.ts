import { formatSection } from '../../config/format.ts'
import type { Work } from '../../cost/estimate.ts'
import { formats } from '../../formats/index.ts'
import type { Connector } from '../declaration/connector.ts'
import { shown } from '../declaration/key.ts'

/** What a connector does with records, and what is assumed about it. */
export interface AskedWork {
  work: Work
  notes: string[]
}

/** What the connector does; without one, what a dump with the defaults does. */
export function workOf(connector: Connector | undefined): AskedWork {
  if (!connector) return { work: defaultDump(), notes: [defaultsNote()] }
  if (connector.kind === 'replicate') return { work: { kind: 'replicate' }, notes: [] }
  const { format: declared, compression: named, compressionLevel: level } = connector.declaration.to
  // Only the deployment knows what an intrinsic function gives.
  const format = variables.FORMAT.safeParse(declared)
  const compression = variables.COMPRESSION.safeParse(named)
  const usual = format.success ? format.data : defaultFormat
  const work: Work = { kind: 'dump', format: usual, compression: compression.data ?? formats[usual].defaultCompression }
  return {
    work,
    notes: [
      ...(format.success
        ? []
        : [`The format ${shown(declared)} is known only when it is deployed; ${usual} is assumed.`]),
      ...(compression.success
        ? []
        : [`The compression ${shown(named)} is known only when it is deployed; ${work.compression} is assumed.`]),
      ...(level === undefined
        ? []
        : [`Compression is reckoned at its usual level, not at ${typeof level === 'string' ? level : shown(level)}.`]),
    ],
  }
}

const { variables } = formatSection
const defaultFormat = variables.FORMAT.parse(undefined)

/** A dump with the format and compression that it has if nothing is declared. */
export function defaultDump() {
  return {
    ...{ kind: 'dump', format: defaultFormat, compression: formats[defaultFormat].defaultCompression },
  } as const satisfies Work
}

function defaultsNote(): string {
  const { format, compression } = defaultDump()
  return `A rate alone is reckoned as a dump with the defaults, so as ${format} with ${compression}; --name takes a connector’s own.`
}
