import type { Resource } from '../../cloudformation/template.ts'
import type { MetricName } from '../../observability/metrics.ts'
import type { Connector } from '../declaration/connector.ts'
import { type ConnectorMetric, functionMetric, ownMetric } from './alarm.ts'
import { connectorKey, functionName } from './function-name.ts'

/** A line of a graph: metric, dimensions (flattened), style. Source: Amazon CloudWatch, "Dashboard body structure". */
type Line = (string | Record<string, unknown>)[]

/** Replaced by CloudFormation. */
const REGION = `\${AWS::Region}`

/** In units; a dashboard is 24 units wide. */
const WIDTH = 6
const HEIGHT = 6
const TITLE_HEIGHT = 1

/**
 * One dashboard for the service, with a row per connector: throughput, lag, durations and failures. Its name includes the
 * region, because dashboards belong to the account and a service may run in several regions.
 * Source: AWS CloudFormation, `AWS::CloudWatch::Dashboard`: "All dashboards in your account are global, not region-specific."
 */
export function dashboard(connectors: Connector[], service: string): Resource {
  const widgets = connectors.flatMap((connector, row) => widgetsOf(connector, service, row * (HEIGHT + TITLE_HEIGHT)))
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: { 'Fn::Sub': `${service}-${REGION}` },
      DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets }) },
    },
  }
}

function widgetsOf(connector: Connector, service: string, y: number) {
  const { name, kind, source } = connector
  const calledFunction = functionName(service, connectorKey(connector))
  const own = (metric: MetricName, style: object) => line(ownMetric(metric, connector, service), style)
  const lambda = (metric: string, style: object) => line(functionMetric(metric, calledFunction), style)
  // Escaped: CloudFormation replaces only the region.
  const topics = source.topics?.join(', ') ?? source.pattern?.replaceAll('${', '${!')
  const step = kind === 'dump' ? 'PutDuration' : 'SendDuration'
  const graphs: [title: string, lines: Line[]][] = [
    [
      'Records a minute',
      [own('RecordsIn', { stat: 'Sum', label: 'in' }), own('RecordsOut', { stat: 'Sum', label: 'out' })],
    ],
    [
      'Behind',
      [
        lambda('OffsetLag', { stat: 'Maximum', label: 'records' }),
        own('NewestRecordAge', { stat: 'Maximum', label: 'age of the newest, ms', yAxis: 'right' }),
      ],
    ],
    [
      'Duration, ms',
      [
        lambda('Duration', { stat: 'Maximum', label: 'invocation, longest' }),
        own(step, { stat: 'p90', label: kind === 'dump' ? 'object written, p90' : 'records sent, p90' }),
      ],
    ],
    [
      'Failed',
      [
        lambda('Errors', { stat: 'Sum', label: 'invocations' }),
        lambda('Throttles', { stat: 'Sum', label: 'throttled' }),
        own('DeadLetters', { stat: 'Sum', label: 'records put aside' }),
        own('PartitionsStopped', { stat: 'Sum', label: 'partitions stopped' }),
      ],
    ],
  ]
  return [
    {
      type: 'text',
      x: 0,
      y,
      width: 4 * WIDTH,
      height: TITLE_HEIGHT,
      properties: { markdown: `### ${name}: ${kind} of ${topics}` },
    },
    ...graphs.map(([title, metrics], column) => ({
      type: 'metric',
      x: column * WIDTH,
      y: y + TITLE_HEIGHT,
      width: WIDTH,
      height: HEIGHT,
      properties: { title, metrics, period: 60, view: 'timeSeries', region: REGION },
    })),
  ]
}

function line({ Namespace, MetricName, Dimensions }: ConnectorMetric, style: object): Line {
  return [Namespace, MetricName, ...Dimensions.flatMap(({ Name, Value }) => [Name, Value]), { ...style }]
}
