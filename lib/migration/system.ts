import type { ConnectorType } from '../config/connector-type.ts'
import type { Given, Settings } from './setting.ts'

/** Another system. */
export interface System {
  /** Its name, as people know it. */
  title: string
  /** Where its settings are described: the sources of the table. */
  source: string
  /** What its settings become. */
  type: ConnectorType
  settings: Settings
  /** Whether settings with these names and values are its own. */
  matches(given: (name: string) => string | undefined): boolean
  /** Keys that a connector needs whatever the file has. */
  more?(given: Given): Record<string, unknown>
  /** What has to be done or known when one is replaced by the other, in Markdown. */
  switching(given: Given): string[]
}
