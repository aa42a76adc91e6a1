import { isVpcConnection } from '../declaration/cluster.ts'
import { type Connector, isReversed } from '../declaration/connector.ts'
import type { Fault } from './fault.ts'

/** The account of the MSK cluster that a connector reads; undefined where only CloudFormation knows it, and for a VPC connection. */
export function accountOf({ source: { msk } }: Connector): string | undefined {
  return typeof msk === 'string' && !isVpcConnection(msk) ? msk.split(':')[4] : undefined
}

/**
 * The first cluster of an account other than the one that is deployed to: Lambda reads those through a VPC connection only.
 * Source: AWS Lambda Developer Guide, "Creating cross-account event source mappings".
 *
 * @param own the account that is deployed to
 */
export function accountFault(connectors: Connector[], own: string): Fault | undefined {
  const other = connectors.find(connector => ![undefined, own].includes(accountOf(connector)))
  if (!other) return undefined
  const message = `the cluster is of the account ${accountOf(other)}, and this deployment of ${own}: expected the ARN of a VPC connection to it`
  return { path: [other.declared, isReversed(other) ? 'to' : 'source', 'msk'], message }
}
