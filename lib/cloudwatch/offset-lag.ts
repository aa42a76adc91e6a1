import { CloudWatchClient, type CloudWatchClientConfig, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'

/**
 * CloudWatch's metric for how far functions' mappings are behind: the lag of the topic that is furthest behind.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export interface OffsetLags {
  /** The latest maximum, in records; undefined when there is none within ten minutes. */
  latest(functionName: string): Promise<number | undefined>
}

/** The metric is published every minute, with a short delay. */
const LOOK_BACK_MS = 10 * 60_000
const PERIOD_S = 60

export function createOffsetLags(config: CloudWatchClientConfig): OffsetLags {
  const client = new CloudWatchClient(config)
  return {
    async latest(functionName) {
      const { Datapoints = [] } = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/Lambda',
          MetricName: 'OffsetLag',
          Dimensions: [{ Name: 'FunctionName', Value: functionName }],
          StartTime: new Date(Date.now() - LOOK_BACK_MS),
          // CloudWatch truncates the end to a minute, and the current minute has to count.
          EndTime: new Date(Date.now() + PERIOD_S * 1000),
          Period: PERIOD_S,
          Statistics: ['Maximum'],
        }),
      )
      const [last] = Datapoints.toSorted((a, b) => Number(b.Timestamp) - Number(a.Timestamp))
      return last?.Maximum
    },
  }
}
