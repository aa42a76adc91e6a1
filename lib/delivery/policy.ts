import type { MetricName } from '../observability/metrics.ts'

/** What a failure policy does with records that can't be decoded or delivered. A topic for abnormal data gets its records under any policy. */
export interface FailurePolicyFacts {
  /** Whether the others are put aside or named in the log, and the partition continues; otherwise it stops at the first of them. */
  putsAside: boolean
  /** Whether the trigger may give up a batch that keeps failing. */
  limitsRetries: boolean
  /** The metric that counts its failures, for an alarm. */
  metric: Extract<MetricName, 'DeadLetters' | 'PartitionsStopped'>
}

const register = {
  log: { putsAside: true, limitsRetries: true, metric: 'DeadLetters' },
  fail: { putsAside: false, limitsRetries: false, metric: 'PartitionsStopped' },
} satisfies Record<string, FailurePolicyFacts>

export type FailurePolicy = keyof typeof register
/** Every failure policy by its name in settings. How each delivers a batch is in `deliver.ts`. */
export const failurePolicies: Record<FailurePolicy, FailurePolicyFacts> = register
export const failurePolicyNames = Object.keys(failurePolicies) as FailurePolicy[]
