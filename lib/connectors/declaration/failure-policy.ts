import { defaultFailurePolicies } from '../../config/failure.ts'
import {
  type FailurePolicy,
  type FailurePolicyFacts,
  failurePolicies,
  failurePolicyNames,
} from '../../delivery/policy.ts'
import type { Connector } from './connector.ts'

/** The connector's failure policy; the default one when none is declared, or only CloudFormation knows it. */
export function failurePolicyName({ kind, declaration }: Pick<Connector, 'kind' | 'declaration'>): FailurePolicy {
  return failurePolicyNames.find(name => name === declaration.failurePolicy) ?? defaultFailurePolicies[kind]
}

/** What the connector's failure policy does. */
export function failurePolicyOf(connector: Pick<Connector, 'kind' | 'declaration'>): FailurePolicyFacts {
  return failurePolicies[failurePolicyName(connector)]
}
