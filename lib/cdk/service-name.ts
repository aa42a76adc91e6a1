import { Stack, Token } from 'aws-cdk-lib/core'
import type { IConstruct } from 'constructs'

/** A construct with the name with which its functions begin. */
interface Named extends IConstruct {
  readonly serviceName: string
}

/**
 * Refuses names that are taken or known to the deployment only.
 *
 * @param others the constructs of the app
 * @throws Error that says what to change
 */
export function checkServiceName(named: Named, others: Named[]): void {
  const { serviceName } = named
  if (Token.isUnresolved(serviceName)) {
    throw new Error(
      'service and stage are part of names of consumer groups: expected texts, got tokens, whose values are known at deployment only',
    )
  }
  const other = others.find(other => other !== named && other.serviceName === serviceName && isSamePlace(other, named))
  if (!other) return
  throw new Error(
    `The connectors of ${other.node.path} and ${named.node.path} have the same names of functions, which begin with ${serviceName}: expected another service or stage for one of them`,
  )
}

/** Whether both are deployed to the same account and region. Stacks that don't say where they are deployed may be apart. */
function isSamePlace(first: IConstruct, second: IConstruct): boolean {
  const [one, two] = [Stack.of(first), Stack.of(second)]
  if (one === two) return true
  const isKnown = [one.account, one.region].every(value => !Token.isUnresolved(value))
  return isKnown && one.account === two.account && one.region === two.region
}
