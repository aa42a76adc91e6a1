import {
  DEFAULT_FAILURE_POLICY,
  type FailurePolicyFacts,
  failurePolicies,
  failurePolicyNames,
} from '../../delivery/policy.ts'
import type { Connector } from './connector.ts'

/** What the connector's failure policy does; the default policy when none is declared, or only CloudFormation knows it. */
export function failurePolicyOf({ declaration }: Pick<Connector, 'declaration'>): FailurePolicyFacts {
  const declared = failurePolicyNames.find(name => name === declaration.failurePolicy)
  return failurePolicies[declared ?? DEFAULT_FAILURE_POLICY]
}
