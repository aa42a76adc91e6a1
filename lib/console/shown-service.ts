import type { Deployment } from '../connectors/commands/deployment.ts'
import type { Connector } from '../connectors/declaration/connector.ts'

/** The service that the console shows. */
export interface ShownService {
  /** They change when the declaration does. */
  readonly connectors: Connector[]
  readonly deployment: Deployment
}
