import { aiven } from './aiven.ts'
import { alibaba } from './alibaba.ts'
import { byContent } from './by-content.ts'
import { confluent } from './confluent.ts'
import { kafkaFunctions } from './kafka-functions.ts'
import type { ConnectorLayout } from './settings.ts'

/** Every connector whose dumps can be read, by its name in `--written-by`. */
const register = {
  'kafka-functions': kafkaFunctions,
  'by-content': byContent,
  confluent,
  aiven,
  alibaba,
} satisfies Record<string, ConnectorLayout>

export type LayoutKind = keyof typeof register
export const layouts: Record<LayoutKind, ConnectorLayout> = register
export const layoutKinds = Object.keys(layouts) as LayoutKind[]
