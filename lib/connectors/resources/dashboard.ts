import type { Resource } from '../../cloudformation/template.ts'
import type { MetricName } from '../../observability/metrics.ts'
import type { Connector } from '../declaration/connector.ts'
import { type ConnectorMetric, functionMetric, ownMetric } from './alarm.ts'
import { companionKey, connectorKey, functionName } from './function-name.ts'

/** A line of a graph: metric, dimensions (flattened), style. Source: Amazon CloudWatch, "Dashboard body structure". */
type Line = (string | Record<string, unknown>)[]

/** Replaced by CloudFormation. */
const REGION = `\${AWS::Region}`

/** In units; a dashboard is 24 units wide. */
const WIDTH = 6
const IN_A_ROW = 4
const HEIGHT = 6
const TITLE_HEIGHT = 1

/**
 * One dashboard for the service, with a row per connector: throughput, lag, durations and failures; and a second one for what is
 * compacted. Its name includes the region, because dashboards belong to the account and a service may run in several regions.
 * Source: AWS CloudFormation, `AWS::CloudWatch::Dashboard`: "All dashboards in your account are global, not region-specific."
 */
export function dashboard(connectors: Connector[], service: string): Resource {
  let y = 0
  const widgets = connectors.flatMap(connector => {
    const top = y
    const graphs = [...graphsOf(connector, service), ...compactionGraphs(connector, service)]
    y += TITLE_HEIGHT + HEIGHT * Math.ceil(graphs.length / IN_A_ROW)
    return widgetsOf(connector, graphs, top)
  })
  return {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: {
      DashboardName: { 'Fn::Sub': `${service}-${REGION}` },
      DashboardBody: { 'Fn::Sub': JSON.stringify({ widgets }) },
    },
  }
}

interface Graph {
  title: string
  metrics: Line[]
}

function graphsOf(connector: Connector, service: string): Graph[] {
  const { kind } = connector
  const calledFunction = functionName(service, connectorKey(connector))
  const own = (metric: MetricName, style: object) => line(ownMetric(metric, connector, service), style)
  const lambda = (metric: string, style: object) => line(functionMetric(metric, calledFunction), style)
  const step = kind === 'dump' ? 'PutDuration' : 'SendDuration'
  return [
    {
      title: 'Records a minute',
      metrics: [own('RecordsIn', { stat: 'Sum', label: 'in' }), own('RecordsOut', { stat: 'Sum', label: 'out' })],
    },
    {
      title: 'Behind',
      metrics: [
        lambda('OffsetLag', { stat: 'Maximum', label: 'records' }),
        own('NewestRecordAge', { stat: 'Maximum', label: 'age of the newest, ms', yAxis: 'right' }),
      ],
    },
    {
      title: 'Duration, ms',
      metrics: [
        lambda('Duration', { stat: 'Maximum', label: 'invocation, longest' }),
        own(step, { stat: 'p90', label: kind === 'dump' ? 'object written, p90' : 'records sent, p90' }),
      ],
    },
    {
      title: 'Failed',
      metrics: [
        lambda('Errors', { stat: 'Sum', label: 'invocations' }),
        lambda('Throttles', { stat: 'Sum', label: 'throttled' }),
        own('DeadLetters', { stat: 'Sum', label: 'records put aside' }),
        own('PartitionsStopped', { stat: 'Sum', label: 'partitions stopped' }),
      ],
    },
  ]
}

/** What the function `compact` does; none for connectors without it. */
function compactionGraphs(connector: Connector, service: string): Graph[] {
  if (connector.kind !== 'dump' || !connector.declaration.to.rotate) return []
  const own = (metric: MetricName, style: object) => line(ownMetric(metric, connector, service), style)
  const name = functionName(service, companionKey(connector, 'compact'))
  const lambda = (metric: string, style: object) => line(functionMetric(metric, name), style)
  return [
    {
      title: 'Staged',
      metrics: [
        own('StagedObjects', { stat: 'Maximum', label: 'batches' }),
        own('OldestStagedAge', { stat: 'Maximum', label: 'age of the oldest, ms', yAxis: 'right' }),
      ],
    },
    {
      title: 'Compacted',
      metrics: [
        own('ObjectsCommitted', { stat: 'Sum', label: 'objects' }),
        own('BytesCommitted', { stat: 'Sum', label: 'bytes', yAxis: 'right' }),
      ],
    },
    {
      title: 'Compaction, ms',
      metrics: [lambda('Duration', { stat: 'Maximum', label: 'invocation, longest' })],
    },
    {
      title: 'Compaction failed',
      metrics: [
        lambda('Errors', { stat: 'Sum', label: 'invocations' }),
        own('Quarantined', { stat: 'Sum', label: 'batches in quarantine' }),
      ],
    },
  ]
}

function widgetsOf({ name, kind, source }: Connector, graphs: Graph[], y: number) {
  // Escaped: CloudFormation replaces only the region.
  const topics = source.topics?.join(', ') ?? source.pattern?.replaceAll('${', '${!')
  return [
    {
      type: 'text',
      x: 0,
      y,
      width: IN_A_ROW * WIDTH,
      height: TITLE_HEIGHT,
      properties: { markdown: `### ${name}: ${kind} of ${topics}` },
    },
    ...graphs.map(({ title, metrics }, index) => ({
      type: 'metric',
      x: (index % IN_A_ROW) * WIDTH,
      y: y + TITLE_HEIGHT + HEIGHT * Math.floor(index / IN_A_ROW),
      width: WIDTH,
      height: HEIGHT,
      properties: { title, metrics, period: 60, view: 'timeSeries', region: REGION },
    })),
  ]
}

function line({ Namespace, MetricName, Dimensions }: ConnectorMetric, style: object): Line {
  return [Namespace, MetricName, ...Dimensions.flatMap(({ Name, Value }) => [Name, Value]), { ...style }]
}
