import { connectorNamed } from '../../connectors/commands/command.ts'
import type { Connector } from '../../connectors/declaration/connector.ts'
import { monthlyCost } from '../../cost/monthly-cost.ts'
import { BILLED_GB, DEFAULT_REGION, HOURS_OF_MONTH, regionPrices } from '../../cost/prices.ts'
import { type ConnectorUsage, usageOf } from '../connector-usage.ts'
import type { AskedQuestion } from '../question.ts'
import { named } from './named.ts'

const HOUR_MS = 3_600_000

/** From a shorter time, the figures jump. */
const ROUGH_MS = HOUR_MS

/** What the connector costs a month. CloudWatch bills each reading, so it is read rarely. */
export const cost: AskedQuestion<'cost'> = {
  args: named,
  everyMs: 5 * 60_000,
  async answer({ service: { connectors, deployment } }, { name }) {
    const connector = connectorNamed(name, connectors)
    const usage = await usageOf(connector, deployment, Date.now())
    const parts = monthlyCost(usage)
    return {
      ...{ isKnown: usage.isKnown, spanMs: usage.spanMs, parts },
      dollars: parts.reduce((sum, { dollars }) => sum + dollars, 0),
      notes: notesOn(connector, usage, deployment.isLocal),
    }
  },
}

function notesOn(connector: Connector, usage: ConnectorUsage, isLocal: boolean): string[] {
  const { concurrency } = connector.declaration
  return [
    [isLocal, 'On this machine it costs nothing: this is what the same work would cost on AWS.'],
    [usage.spanMs < ROUGH_MS, 'It has not run for long, so the figures are rough.'],
    [true, `List prices of ${DEFAULT_REGION} without free tiers, for functions on Arm.`],
    [usage.gbSeconds === null, 'How long its functions ran is not known, so that is not in it.'],
    [usage.logBytes === null, 'How much its functions logged is not known, so that is not in it.'],
    [
      connector.kind === 'dump' && !usage.store,
      'The store is not Amazon S3, so its requests and storage are not in it.',
    ],
    [
      usage.store && storageClassOf(connector),
      `Storage is reckoned as S3 Standard, not as ${storageClassOf(connector)}.`,
    ],
    [concurrency?.pollerGroup, 'Mappings of one poller group share units, so pollers may cost less.'],
    [concurrency, 'Pollers are reckoned at their minimum.'],
    [connector.kind === 'replicate', transferNote(usage)],
    [
      true,
      'Not in it: the cluster, network (NAT gateways, traffic between zones), KMS, and the dashboard of the service.',
    ],
  ].flatMap(([applies, note]) => (applies ? [note as string] : []))
}

function storageClassOf({ kind, declaration }: Connector): string | undefined {
  if (kind !== 'dump' || !('storageClass' in declaration.to)) return undefined
  const { storageClass } = declaration.to
  return typeof storageClass === 'string' && storageClass !== 'STANDARD' ? storageClass : undefined
}

/** Where the target is decides what the way there costs, and the declaration doesn't tell that. */
function transferNote({ bytesOut, spanMs }: ConnectorUsage): string {
  const gb = ((bytesOut / spanMs) * HOURS_OF_MONTH * HOUR_MS) / BILLED_GB
  const dollars = gb * regionPrices[DEFAULT_REGION].gbBetweenRegions
  return (
    `Before compression, ${gb.toLocaleString('en', { maximumSignificantDigits: 3 })} GB a month go to the target. ` +
    `To another region, that would be at most $${dollars.toFixed(2)} more.`
  )
}
