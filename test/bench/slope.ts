/** A quantity that was measured after each of some numbers of invocations. */
export interface Sample {
  invocation: number
  value: number
}

export interface Slope {
  /** By how much the quantity grows with each invocation: the line with the least squares. */
  perInvocation: number
  /** Half the width of the interval that holds the real slope with a probability of about 95 %: twice the standard error. */
  uncertainty: number
}

/**
 * How a quantity grows, by linear regression. Source: any textbook of statistics, "simple linear regression".
 *
 * @param samples at least three, of different invocations
 */
export function slopeOf(samples: Sample[]): Slope {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(samples.map(({ invocation }) => invocation)), mean(samples.map(({ value }) => value))]
  const sum = (term: (sample: Sample) => number) => samples.reduce((total, sample) => total + term(sample), 0)
  const spread = sum(({ invocation }) => (invocation - x) ** 2)
  const perInvocation = sum(({ invocation, value }) => (invocation - x) * (value - y)) / spread
  const residual = sum(({ invocation, value }) => (value - y - perInvocation * (invocation - x)) ** 2)
  return { perInvocation, uncertainty: 2 * Math.sqrt(residual / (samples.length - 2) / spread) }
}
