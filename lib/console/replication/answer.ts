import type { ReplicationAnswer, ReplicationArgs, ReplicationGap } from '../api/index.ts'
import { groupsOf, positionsOf } from './groups.ts'
import type { OpenedReplication } from './opened-replication.ts'
import { partitionsOf, sumOf } from './partitions.ts'

/** Rows of each kind in an answer: at about 200 bytes, three kinds stay below a megabyte. More than a person looks through. */
const MAX_ROWS = 1_000

/** What is known of a replication now. */
export function answerOf(opened: OpenedReplication, { topic, group }: ReplicationArgs): ReplicationAnswer {
  const { settings, syncOffsets, known } = opened
  const { sourceAlias, targetAlias } = settings.replication
  const all = partitionsOf(opened)
  const partitions = topic === undefined ? all : all.filter(partition => partition.topic === topic)
  const everything = positionsOf(opened)
  const groups = groupsOf(everything, opened)
  const positions = group === undefined ? everything : everything.filter(position => position.group === group)
  return {
    ...{ source: sourceAlias, target: targetAlias, partitioner: settings.records.partitioner },
    syncOffsets: syncOffsets ?? null,
    topics: [...new Set(all.map(partition => partition.topic))],
    partitions: most(partitions, ({ behind }) => behind ?? Number.POSITIVE_INFINITY),
    partitionCount: partitions.length,
    behind: known.source.value ? sumOf(all.map(({ behind }) => behind)) : null,
    groups: most(groups, ({ again, passedOver }) => again + passedOver),
    groupCount: groups.length,
    positions: most(positions, ({ again }) => Math.abs(again ?? 0)),
    positionCount: positions.length,
    ...(known.signs.value ?? { heartbeat: null, newestCheckpoint: null }),
    unknown: unknownOf(opened),
  }
}

/** All of them, in their order; of many, those with the largest numbers, in their order. */
function most<T>(all: T[], size: (one: T) => number): T[] {
  if (all.length <= MAX_ROWS) return all
  const kept = new Set(all.toSorted((one, other) => size(other) - size(one)).slice(0, MAX_ROWS))
  return all.filter(one => kept.has(one))
}

function unknownOf({ settings, known }: OpenedReplication): ReplicationGap[] {
  const { sourceAlias, targetAlias } = settings.replication
  const { source, target, checkpoints, signs, maps } = known
  const mapsOn = settings.offsets.location === 'source' ? source : target
  const gaps = [
    source.gap(`The source ${sourceAlias} can’t be asked`),
    target.gap(`The target ${targetAlias} can’t be asked`),
    // The trouble of a cluster is told once.
    ...(target.problem === undefined
      ? [checkpoints.gap('Checkpoints can’t be read'), signs.gap('Heartbeats can’t be read')]
      : []),
    mapsOn.problem === undefined ? maps.gap('Offset maps can’t be read') : undefined,
  ]
  return gaps.filter(gap => gap !== undefined)
}
