import { CloudWatchClient, type CloudWatchClientConfig, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch'

/**
 * How far functions' mappings are behind, by CloudWatch: the topic that is furthest.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
export interface OffsetLags {
  /** The largest of the last minutes; undefined when there was none. */
  latest(functionName: string): Promise<number | undefined>
}

/** The metric comes each minute, a little late. */
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
          // The end is cut to a minute, and the minute that goes on counts, too.
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
