import type { Rotation } from './rotation.ts'
import { slotReader } from './slot.ts'
import type { StagedObject } from './unit-work.ts'

/**
 * The order in which outputs hold staged objects. Those of a partition are in the order of their offsets; what was staged in
 * another slot of the wall clock comes behind, so that an output of a slot is closed once. Partitions that share outputs are
 * merged by the time of staging.
 */
export function inOutputOrder<Item extends { object: StagedObject }>(items: Item[], rotation?: Rotation): Item[] {
  const interval = rotation?.rotateScheduleIntervalMs
  const slotOf = rotation && interval ? slotReader(rotation.timeZone, interval) : () => ''
  const ordered = items.map(item => ({ item, slot: slotOf(item.object.staged), merged: 0 }))
  ordered.sort((a, b) => compare(a.slot, b.slot) || byOffset(a.item.object, b.item.object))
  const latest = new Map<string, number>()
  for (const one of ordered) {
    const { staged, name } = one.item.object
    const place = `${one.slot} ${name.partition}`
    one.merged = Math.max(staged, latest.get(place) ?? staged)
    latest.set(place, one.merged)
  }
  const isMerged = new Set(items.map(({ object }) => object.name.partition)).size > 1
  if (isMerged) ordered.sort((a, b) => compare(a.slot, b.slot) || a.merged - b.merged)
  return ordered.map(({ item }) => item)
}

function byOffset(a: StagedObject, b: StagedObject): number {
  return a.name.partition - b.name.partition || a.name.firstOffset - b.name.firstOffset || compare(a.key, b.key)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
