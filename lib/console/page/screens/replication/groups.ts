import type { ReplicatedGroup, ReplicatedPosition, ReplicationAnswer } from '../../../api/index.ts'
import { html } from '../../html.ts'
import { countText, numberText } from '../../parts/number.ts'
import { PageButtons, usePages } from '../../parts/pages.ts'
import { Shown } from '../../parts/shown-text.ts'
import { hrefOf, type Route } from '../../route.ts'
import { Offset } from './offsets.ts'

/** Consumer groups of the source, and what each of them would read next on the target. */
export function Groups({ answer, route }: { answer: ReplicationAnswer; route: Route }) {
  const { groups, groupCount, syncOffsets } = answer
  const pages = usePages(groups)
  return html`
    <h2 id="replication-groups">Consumer groups after a failover</h2>
    ${syncOffsets && html`<p class="quiet">${startText(syncOffsets)}</p>`}
    ${
      groups.length < groupCount &&
      html`<p class="quiet">These are the ${numberText(groups.length)} groups that would read most twice, of ${countText(groupCount, 'group')}.</p>`
    }
    ${
      groupCount === 0
        ? html`<p>No consumer group has a position in these topics.</p>`
        : html`<div class="scroll" role="region" aria-labelledby="replication-groups" tabindex="0">
          <table class="replication-table">
            <thead>
              <tr>
                <th scope="col">Group</th>
                <th scope="col">On the source</th>
                <th scope="col">On the target</th>
                <th scope="col" class="number">Partitions</th>
                <th scope="col" class="number">Unread</th>
                <th scope="col" class="number">Read twice</th>
                <th scope="col">Begins on the target</th>
              </tr>
            </thead>
            <tbody>${pages.rows.map(group => html`<${GroupRow} key=${group.group} group=${group} route=${route} />`)}</tbody>
          </table>
        </div>`
    }
    <${PageButtons} of=${pages} what="groups" />
    ${route.chosen.group !== undefined && html`<${Positions} answer=${answer} group=${route.chosen.group} />`}
  `
}

function startText({ setsPositions }: NonNullable<ReplicationAnswer['syncOffsets']>): string {
  return setsPositions
    ? 'Every minute, positions are translated and set on the target for groups without members there. Whoever starts the consumers there continues near where they stopped.'
    : 'Every minute, positions are translated into checkpoints, and not set on the target: consumers have to take them from there (syncConsumerOffsets sets them).'
}

function GroupRow({ group, route }: { group: ReplicatedGroup; route: Route }) {
  const { positions, unread, states } = group
  const isChosen = route.chosen.group === group.group
  const chosen = { ...route.chosen, group: isChosen ? '' : group.group }
  return html`
    <tr>
      <th scope="row"><a href=${hrefOf({ ...route, chosen })} aria-expanded=${isChosen}><${Shown} text=${group.group} /></a></th>
      <td>${stateText(states.source)}</td>
      <td>${stateText(states.target)}</td>
      <td class="number">${numberText(positions)}</td>
      <${Offset} of=${unread} />
      <td class="number">${twiceText(group)}</td>
      <td><${Start} group=${group} /></td>
    </tr>
  `
}

/** Kafka's states of groups, in words. Source: Apache Kafka, `org.apache.kafka.common.GroupState`. */
function stateText(state: string | null): string {
  if (state === null || state === 'DEAD') return 'not there'
  return state === 'EMPTY' ? 'no members' : state === 'STABLE' ? 'reading' : state.toLowerCase().replaceAll('_', ' ')
}

function twiceText({ again, unclear }: ReplicatedGroup): string {
  return unclear > 0 ? `${numberText(again)} or more` : numberText(again)
}

function Start({ group: { undecided, positions, passedOver } }: { group: ReplicatedGroup }) {
  if (undecided > 0) {
    const where = undecided === positions ? 'everywhere' : `in ${countText(undecided, 'partition')}`
    return html`<span class="badge warn">not known</span> <code>auto.offset.reset</code> decides ${where}`
  }
  if (passedOver > 0)
    return html`<span class="badge bad">too far</span> it would pass over ${countText(passedOver, 'record')}`
  return html`<span class="badge good">known</span>`
}

/** A group in each partition. */
function Positions({ answer, group }: { answer: ReplicationAnswer; group: string }) {
  const { positions, positionCount } = answer
  const pages = usePages(positions)
  return html`
    <h3 id="replication-positions"><${Shown} text=${group} /></h3>
    ${positions.length < positionCount && html`<p class="quiet">These are the ${numberText(positions.length)} of ${countText(positionCount, 'partition')} with the most records that would be read twice.</p>`}
    ${positionCount === 0 && html`<p>This group has no position in these topics.</p>`}
    ${
      positionCount > 0 &&
      html`<div class="scroll" role="region" aria-labelledby="replication-positions" tabindex="0">
        <table class="replication-table">
          <thead>
            <tr>
              <th rowspan="2" scope="col">Topic on the target</th>
              <th rowspan="2" scope="col" class="number">Partition</th>
              <th colspan="3" scope="colgroup" class="replication-side">On the source</th>
              <th colspan="2" scope="colgroup" class="replication-side">Checkpoint</th>
              <th colspan="2" scope="colgroup" class="replication-side">On the target</th>
              <th rowspan="2" scope="col" class="number">Read twice</th>
            </tr>
            <tr>
              <th scope="col" class="number">Position</th>
              <th scope="col" class="number">Unread</th>
              <th scope="col" class="number">On the target this is</th>
              <th scope="col" class="number">Source</th>
              <th scope="col" class="number">Target</th>
              <th scope="col" class="number">Position</th>
              <th scope="col" class="number">Reads next</th>
            </tr>
          </thead>
          <tbody>${pages.rows.map(row => html`<${PositionRow} key=${`${row.target}/${row.partition}`} ...${row} />`)}</tbody>
        </table>
      </div>`
    }
    <${PageButtons} of=${pages} what="partitions of the group" />
  `
}

function PositionRow(position: ReplicatedPosition) {
  const { target, partition, committed, unread, translated, checkpoint, onTarget, next, again } = position
  return html`
    <tr>
      <th scope="row"><${Shown} text=${target} /></th>
      <td class="number">${partition}</td>
      <${Offset} of=${committed} />
      <${Offset} of=${unread} />
      <${Offset} of=${translated} />
      <${Offset} of=${checkpoint?.source} />
      <${Offset} of=${checkpoint?.target} />
      <${Offset} of=${onTarget} />
      <td class="number">${next === null ? html`<code>auto.offset.reset</code>` : html`<strong>${numberText(next)}</strong>`}</td>
      <td class="number">${againText(again)}</td>
    </tr>
  `
}

function againText(again: number | null): string {
  if (again === null) return 'not known'
  return again < 0 ? `passes over ${numberText(-again)}` : numberText(again)
}
