import type { RecordsArgs } from '../../../api/index.ts'
import { base64Of, typedBytes } from '../../parts/bytes.ts'

/** Records of a page. */
export const PAGE = 50

/** What the address has chosen, apart from the record that is open. */
export interface Choice {
  topic: string
  cluster: 'source' | 'target'
  /** Empty: all. */
  partition: string
  /** Where to begin; both empty: at the newest. The time is in milliseconds since the epoch. */
  offset: string
  time: string
  /** As it was typed. */
  key: string
}

export function choiceOf(chosen: Record<string, string>): Choice {
  const { topic = '', cluster, partition = '', offset = '', time = '', key = '' } = chosen
  return { topic, cluster: cluster === 'target' ? 'target' : 'source', partition, offset, time, key }
}

/** As the address has it: what is the usual is left out. */
export function chosenOf({ cluster, ...choice }: Choice): Record<string, string> {
  return { ...choice, cluster: cluster === 'target' ? cluster : '' }
}

/** What is asked for it; undefined while no topic is chosen. Numbers that a person has put into the address may be none. */
export function argsOf(
  name: string,
  { topic, cluster, partition, offset, time, key }: Choice,
): RecordsArgs | undefined {
  if (topic === '') return undefined
  const from = offset !== '' ? { offset: Number(offset) } : time !== '' ? { time: Number(time) } : 'newest'
  return {
    ...{ name, topic, cluster, from, limit: PAGE },
    ...(partition !== '' && { partition: Number(partition) }),
    ...(key !== '' && { key: base64Of(typedBytes(key)) }),
  }
}

/** The open record of an address: `at=<partition>.<offset>`. */
export function openedOf({ at = '' }: Record<string, string>): { partition: number; offset: number } | undefined {
  const [, partition, offset] = /^(\d{1,9})\.(\d{1,15})$/.exec(at) ?? []
  return partition === undefined ? undefined : { partition: Number(partition), offset: Number(offset) }
}
