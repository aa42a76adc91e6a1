import type { Verdict } from './verdict.ts'

/** What must hold for a system under every schedule, besides what holds for all: nothing lost, out of order, different, or invented. */
export interface Laws {
  /** `never`: a reader sees each record once. `allowed`: a batch may be there again. */
  duplicates: 'never' | 'allowed'
  /** Whether records may be put aside: where the policy is `log`, and a fault outlasts an invocation. */
  putAside: 'never' | 'allowed'
}

/** What a verdict breaks, as sentences; empty when all laws hold. */
export function brokenLaws(verdict: Verdict, laws: Laws): string[] {
  const { twice = 0, vanished = 0, unreadable = 0 } = verdict.sightings ?? {}
  const never: [number, string][] = [
    [verdict.lost, 'lost'],
    [verdict.outOfOrder, 'out of order'],
    [verdict.wrongBytes, 'different from the source’s'],
    [verdict.invented, 'not on the source'],
    [vanished, 'gone after a reader saw them'],
  ]
  if (laws.duplicates === 'never')
    never.push([verdict.duplicated, 'there more often than once'], [twice, 'there twice at a moment'])
  if (laws.putAside === 'never') never.push([verdict.putAside.count, 'put aside'])
  const broken = never.flatMap(([count, what]) => (count > 0 ? [`${count} records are ${what}`] : []))
  if (unreadable > 0) broken.push(`a reader failed at ${unreadable} moments`)
  if (verdict.caughtUpMs === undefined) broken.push('it never caught up')
  return [...broken, ...verdict.broken]
}
