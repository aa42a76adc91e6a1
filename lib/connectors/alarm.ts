import { METRICS_NAMESPACE, type MetricName } from '../observability/metrics.ts'
import type { Connector } from './connector.ts'
import { DEFAULT_LAG } from './declaration.ts'
import { scheduledKeys } from './function.ts'
import { logicalName } from './logical-id.ts'
import type { Resource, Resources } from './template.ts'

/** A metric of one connector. */
export interface ConnectorMetric {
  Namespace: string
  MetricName: string
  Dimensions: { Name: string; Value: string }[]
}

/** A metric that Lambda has of the connector's function. */
export function functionMetric(MetricName: string, functionName: string): ConnectorMetric {
  return { Namespace: 'AWS/Lambda', MetricName, Dimensions: [{ Name: 'FunctionName', Value: functionName }] }
}

/** A metric that the function itself counts. */
export function ownMetric(MetricName: MetricName, { name }: Connector, service: string): ConnectorMetric {
  const Dimensions = [
    { Name: 'service', Value: service },
    { Name: 'connector', Value: name },
  ]
  return { Namespace: METRICS_NAMESPACE, MetricName, Dimensions }
}

/** The alarms of a connector: what somebody should look at. Without data there is nothing to look at. */
export function connectorAlarms(connector: Connector, service: string): Resources {
  const { name, declaration } = connector
  const functionName = `${service}-${name}`
  const stopsAtFailures = declaration.failurePolicy === 'fail'
  const alarms: Record<string, Resource> = {
    Errors: alarm(connector, functionMetric('Errors', functionName), {
      description: 'The function failed, so its trigger repeats the batch',
    }),
    Throttles: alarm(connector, functionMetric('Throttles', functionName), {
      description: 'Lambda had no room for the function for five minutes',
      periods: 5,
    }),
    Lag: alarm(connector, functionMetric('OffsetLag', functionName), {
      description: 'The connector has been far behind its topic for a quarter of an hour',
      statistic: 'Maximum',
      periods: 15,
      threshold: declaration.alarms?.lag ?? DEFAULT_LAG,
    }),
    ...(stopsAtFailures
      ? {
          Stopped: alarm(connector, ownMetric('PartitionsStopped', connector, service), {
            description: 'A partition stands at a record that fails, and goes on when the cause is gone',
          }),
        }
      : {
          DeadLetters: alarm(connector, ownMetric('DeadLetters', connector, service), {
            description: 'Records were put aside, or left in Kafka; the log names them',
          }),
        }),
  }
  const failing = scheduledKeys(connector).map((key): [string, Resource] => [
    `${logicalName(key)}ErrorsAlarm`,
    alarm(connector, functionMetric('Errors', `${service}-${key}`), { description: `The function ${key} failed` }),
  ])
  const watched = Object.entries(alarms).map(([kind, resource]) => [`${logicalName(name)}${kind}Alarm`, resource])
  return Object.fromEntries([...watched, ...failing])
}

interface AlarmOptions {
  description: string
  statistic?: 'Sum' | 'Maximum'
  /** Minutes in a row. */
  periods?: number
  threshold?: number
}

function alarm(
  { name, declaration }: Connector,
  metric: ConnectorMetric,
  { description, statistic = 'Sum', periods = 1, threshold = 1 }: AlarmOptions,
): Resource {
  const actions = declaration.alarms?.notify
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: `Connector ${name}: ${description}`,
      ...metric,
      Statistic: statistic,
      Period: 60,
      EvaluationPeriods: periods,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: actions,
      OKActions: actions,
    },
  }
}
