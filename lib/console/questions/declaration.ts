import { stringify } from 'yaml'
import { connectorNamed } from '../../connectors/commands/command.ts'
import { declarationSchemas } from '../../connectors/declaration/declaration.ts'
import { withoutSecrets } from '../../connectors/declaration/without-secrets.ts'
import { flowOf } from '../flow.ts'
import type { AskedQuestion } from '../question.ts'
import { named } from './named.ts'

/** The connector as it is declared, and what its records pass through. */
export const declaration: AskedQuestion<'declaration'> = {
  args: named,
  everyMs: 10_000,
  async answer({ service: { connectors, deployment } }, { name }) {
    const connector = connectorNamed(name, connectors)
    const shown = withoutSecrets(declarationSchemas[connector.kind], connector.written)
    return {
      yaml: stringify({ [connector.declared]: shown }, { lineWidth: 100 }),
      flow: flowOf(connector, deployment.service, deployment.functionName(connector)),
    }
  },
}
