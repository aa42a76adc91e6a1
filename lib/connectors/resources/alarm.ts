import { logicalName, mappingId } from '../../cloudformation/logical-id.ts'
import type { Resource, Resources } from '../../cloudformation/template.ts'
import type { FailurePolicyFacts } from '../../delivery/policy.ts'
import { METRICS_NAMESPACE, type MetricName } from '../../observability/metrics.ts'
import type { Connector } from '../declaration/connector.ts'
import { DEFAULT_LAG } from '../declaration/declaration.ts'
import { failurePolicyOf } from '../declaration/failure-policy.ts'
import { isProvisioned } from './environment.ts'
import { unattendedKeys } from './function.ts'
import { connectorKey, functionName } from './function-name.ts'

/** A metric of one connector, as CloudFormation writes it. */
export interface ConnectorMetric {
  Namespace: string
  MetricName: string
  Dimensions: { Name: string; Value: string | { Ref: string } }[]
}

/**
 * A metric that Lambda reports about the connector's function. `OffsetLag` is among them: its maximum over a minute is the
 * lag of the topic that is furthest behind.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, "Performance metrics"
 */
export function functionMetric(MetricName: string, name: string): ConnectorMetric {
  return { Namespace: 'AWS/Lambda', MetricName, Dimensions: [{ Name: 'FunctionName', Value: name }] }
}

/** A metric that the function counts itself. */
export function ownMetric(MetricName: MetricName, { name }: Connector, service: string): ConnectorMetric {
  const Dimensions = [
    { Name: 'service', Value: service },
    { Name: 'connector', Value: name },
  ]
  return { Namespace: METRICS_NAMESPACE, MetricName, Dimensions }
}

/**
 * A metric of one mapping. Lambda reports it only for mappings with provisioned pollers that ask for their metrics.
 * Source: the same page, "Event source mapping metrics"; monitoring-metrics-view.html for the dimension.
 */
function mappingMetric(MetricName: string, mapping: string): ConnectorMetric {
  return {
    Namespace: 'AWS/Lambda',
    MetricName,
    Dimensions: [{ Name: 'EventSourceMappingUUID', Value: { Ref: mapping } }],
  }
}

/** The alarm on the metric of a failure policy. Its kind is part of the resource's name. */
const failureAlarms: Record<FailurePolicyFacts['metric'], { kind: string; description: string }> = {
  DeadLetters: { kind: 'DeadLetters', description: 'Records were put aside or left in Kafka; the log names them' },
  PartitionsStopped: {
    kind: 'Stopped',
    description: 'A partition has stopped at a record that fails; it resumes once the cause is fixed',
  },
}

/**
 * The alarms of a connector: what someone should look at. Missing data counts as healthy.
 *
 * @param topics those that have a mapping in the template
 */
export function connectorAlarms(connector: Connector, service: string, topics: string[]): Resources {
  const { declaration } = connector
  const called = functionName(service, connectorKey(connector))
  const { metric } = failurePolicyOf(connector)
  // Under any policy, records that can't be decoded are put aside where a topic takes them.
  const metrics = new Set([metric, ...(declaration.abnormalDataTopic ? ['DeadLetters' as const] : [])])
  const failures = Array.from(metrics, (counted): [string, Resource] => [
    failureAlarms[counted].kind,
    alarm(connector, ownMetric(counted, connector, service), failureAlarms[counted]),
  ])
  const alarms: Record<string, Resource> = {
    Errors: alarm(connector, functionMetric('Errors', called), {
      description: 'The function failed, so its trigger repeats the batch',
    }),
    Throttles: alarm(connector, functionMetric('Throttles', called), {
      description: 'Lambda throttled the function for five minutes',
      periods: 5,
    }),
    Lag: alarm(connector, functionMetric('OffsetLag', called), {
      description: 'The connector has been far behind its topic for 15 minutes',
      statistic: 'Maximum',
      periods: 15,
      threshold: declaration.alarms?.lag ?? DEFAULT_LAG,
    }),
    ...Object.fromEntries(failures),
  }
  const failing = unattendedKeys(connector).map((key): [string, Resource] => [
    `${logicalName(key)}ErrorsAlarm`,
    alarm(connector, functionMetric('Errors', functionName(service, key)), {
      description: `The function ${key} failed`,
    }),
  ])
  const watched = Object.entries(alarms).map(([kind, resource]) => [
    `${logicalName(connectorKey(connector))}${kind}Alarm`,
    resource,
  ])
  return Object.fromEntries([...watched, ...failing, ...(isProvisioned(connector) ? unread(connector, topics) : [])])
}

/** The most metrics that one alarm can sum. Source: Amazon CloudWatch, "Alarm data queries". */
const MAX_SUMMED = 10

/** Pollers that can no longer log in cause no failed invocation and report no lag, so they get an alarm of their own. */
function unread(connector: Connector, topics: string[]): [string, Resource][] {
  const description = 'Lambda could not read topics for five minutes; serverless connectors check tells more'
  const count = Math.ceil(topics.length / MAX_SUMMED)
  return Array.from({ length: count }, (_, index) => {
    const summed = topics.slice(index * MAX_SUMMED, (index + 1) * MAX_SUMMED)
    const metrics = summed.map(topic => mappingMetric('PollingErrorCount', mappingId(connectorKey(connector), topic)))
    return [`${logicalName(connectorKey(connector))}Unread${index + 1}Alarm`, sumAlarm(connector, metrics, description)]
  })
}

function sumAlarm(connector: Connector, metrics: ConnectorMetric[], description: string): Resource {
  const summed = metrics.map((Metric, index) => ({
    Id: `m${index}`,
    ReturnData: false,
    MetricStat: { Metric, Period: 60, Stat: 'Sum' },
  }))
  const sum = { Id: 'sum', Label: description, Expression: 'SUM(METRICS())', ReturnData: true }
  return alarmOf(connector, { Metrics: [sum, ...summed] }, { description, periods: 5 })
}

interface AlarmOptions {
  description: string
  statistic?: 'Sum' | 'Maximum'
  /** Consecutive minutes. */
  periods?: number
  threshold?: number
}

/** An alarm on a metric; by default on its sum in one minute being at least 1. */
export function alarm(connector: Connector, metric: ConnectorMetric, options: AlarmOptions): Resource {
  return alarmOf(connector, { ...metric, Statistic: options.statistic ?? 'Sum', Period: 60 }, options)
}

function alarmOf(
  { name, declaration }: Connector,
  watched: object,
  { description, periods = 1, threshold = 1 }: AlarmOptions,
): Resource {
  const actions = declaration.alarms?.notify
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmDescription: `Connector ${name}: ${description}`,
      ...watched,
      EvaluationPeriods: periods,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: actions,
      OKActions: actions,
    },
  }
}
