import { html } from '../html.ts'
import { type Live, useLive } from '../live.ts'
import { ActResult } from '../parts/act-result.ts'
import { ConnectorActs } from '../parts/connector-acts.ts'
import { Shown } from '../parts/shown-text.ts'
import { Trouble } from '../parts/trouble.ts'
import type { Route } from '../route.ts'
import { Companions, Mappings } from './connector/companions.ts'
import { Cost } from './connector/cost.ts'
import { Declaration } from './connector/declaration.ts'
import { FlowPicture } from './connector/flow-picture.ts'
import { Lines } from './connector/lines.ts'
import { Log } from './connector/log.ts'
import { Partitions } from './connector/partitions.ts'
import { Summary } from './connector/summary.ts'

/** Everything about one connector: how it is, what it has done lately, how it is declared. */
export function Connector({ route: { name } }: { route: Route }) {
  const service = useLive('service', {})
  const isUnknown = service.answer?.connectors.every(connector => connector.name !== name) ?? false
  if (isUnknown)
    return html`<p>There is no connector <strong><${Shown} text=${name} /></strong>. It may have been renamed.</p>`
  return html`<${Overview} name=${name} />`
}

function Overview({ name }: { name: string }) {
  const health = useLive('describe', { name })
  const declaration = useLive('declaration', { name })
  const cost = useLive('cost', { name })
  const known = health.answer
  return html`
    <div class="connector">
      <h1><${Shown} text=${name} /></h1>
      <${Trouble} of=${health} what="how the connector is" />
      ${known ? html`<${Summary} health=${known} />` : !health.error && html`<p class="quiet">Asking the connector …</p>`}
      ${known && html`<${ConnectorActs} name=${name} type=${known.type} mappings=${known.mappings} isDeployed=${known.state !== 'NOT DEPLOYED'} />`}
      <${ActResult} name=${name} />
      <${Trouble} of=${declaration} what="the declaration" />
      ${declaration.answer && html`<${FlowPicture} flow=${declaration.answer.flow} health=${known} />`}
      ${known && html`<${Partitions} name=${name} partitions=${known.partitions} />`}
      <${Lines} name=${name} />
      <${Log} name=${name} functions=${functionsOf(known)} />
      <div class="connector-columns">
        <div>
          ${known && html`<${Companions} health=${known} /><${Mappings} health=${known} flow=${declaration.answer?.flow} />`}
          <${Cost} of=${cost} />
        </div>
        ${declaration.answer && html`<${Declaration} yaml=${declaration.answer.yaml} />`}
      </div>
    </div>
  `
}

/** The functions whose lines can be chosen. */
function functionsOf(health: Live<'describe'>['answer']): string[] {
  return health ? [health.type, ...health.companions.map(companion => companion.function)] : []
}
