import type { Layout } from '../layout.ts'

/** Where a dump is, and what somebody has to say about it because its objects don't. */
export interface LayoutSettings {
  /** The folder, without slashes at either end; `''` for the bucket's root. */
  prefix: string
  /** How keys are made, in the words of the connector that wrote the objects. Absent: its default. */
  template?: string
  /** Aiven's `format.output.fields`, in their order, for CSV, which doesn't name them. Absent: the connector's default. */
  fields?: readonly OutputField[]
  /**
   * The parts whose strings are base64: in JSON, those that went through Connect's `ByteArrayConverter`; in Aiven's CSV, the value
   * as well unless its encoding is `none`. Absent: no part in JSON, `value` in CSV.
   */
  base64?: readonly Base64Part[]
  /** Aiven's `format.output.envelope`: `false` when each JSON text, or row, is the value itself. Absent: true. */
  envelope?: boolean
}

export const outputFields = ['key', 'value', 'offset', 'timestamp', 'headers'] as const
export type OutputField = (typeof outputFields)[number]

export const base64Parts = ['key', 'value', 'headers'] as const
export type Base64Part = (typeof base64Parts)[number]

/** Dumps of one connector. */
export interface ConnectorLayout {
  /** Whose objects they are, for the documentation. */
  title: string
  /** See {@link Layout.losses}. */
  losses: readonly string[]
  /** @throws CodedError `CONFIG_INVALID` when nothing can be restored from objects with these settings */
  create(settings: LayoutSettings): Layout
}
