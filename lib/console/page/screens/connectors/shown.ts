import type { DocumentOf, ServiceAnswer } from '../../../api/index.ts'

/** A connector as it is declared. */
export type Declared = ServiceAnswer['connectors'][number]

/** How it is. */
export type Health = DocumentOf<'list'>['connectors'][number]

/** What a card shows. The health is undefined until it is known. */
export interface Shown {
  declared: Declared
  health?: Health
}
