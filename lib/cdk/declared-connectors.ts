import { Stack, Token } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import { accountFault } from '../connectors/checks/account.ts'
import { faultMessage } from '../connectors/checks/fault.ts'
import type { Connector } from '../connectors/declaration/connector.ts'
import { readConnectors } from '../connectors/reader.ts'
import { readDeclarationFile } from './declaration-file.ts'
import { type DeferredValues, deferTokens } from './deferred-value.ts'
import type { Declaration } from './props.ts'

/** Where connectors are declared, in messages. */
export const PLACE = 'connectors'

/** What was declared, with its tokens deferred. */
export interface DeclaredConnectors {
  connectors: Connector[]
  values: DeferredValues
}

/**
 * Reads the declaration, with the same checks as the Serverless plugin.
 *
 * @throws one error that lists everything that is wrong
 */
export function declaredConnectors(
  scope: Construct,
  service: string,
  { connectors, file }: Declaration,
): DeclaredConnectors {
  const values: DeferredValues = new Map()
  const declared = file === undefined ? connectors : readDeclarationFile(file)
  const read = readConnectors(deferTokens(scope, declared, values), service, PLACE)
  const { account } = Stack.of(scope)
  const fault = Token.isUnresolved(account) ? undefined : accountFault(read, account)
  if (fault) throw new Error(faultMessage(PLACE, [fault]))
  return { connectors: read, values }
}
