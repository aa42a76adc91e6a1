import type { KeptOpen } from './kept-open.ts'
import type { Runs } from './runs.ts'
import type { ShownService } from './shown-service.ts'

/** What questions and acts work with. */
export interface ConsoleContext {
  service: ShownService
  runs: Runs
  /** Clients of clusters and stores that stay open between two questions. */
  open: KeptOpen
}
