import { useMemo } from 'preact/hooks'
import type { ActAnswer, ActName, Acts, Run } from '../api/index.ts'
import { answerOf, useLive } from './live.ts'

/**
 * Begins to do something.
 *
 * @param confirmed the name that a person has typed, for an act that asks for it
 * @returns the id of its run
 * @throws AskError
 */
export async function act<Name extends ActName>(
  name: Name,
  args: Acts[Name]['args'],
  confirmed?: string,
): Promise<string> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ args, confirmed })
  return (await answerOf<ActAnswer>(`/api/acts/${name}`, { method: 'POST', headers, body })).id
}

/**
 * Ends a run after what is under way. A run that has ended already needs no cancelling.
 *
 * @throws TypeError: the console does not answer
 */
export async function cancel(id: string): Promise<void> {
  await fetch(`/api/runs/${encodeURIComponent(id)}/cancel`, { method: 'POST' })
}

/** The runs of some acts on a connector, the newest first. */
export function useRunsOf<Name extends ActName>(acts: readonly Name[], connector: string): Run<Name>[] {
  const { answer } = useLive('runs', {})
  return useMemo(
    () => ((answer ?? []) as Run<Name>[]).filter(run => acts.includes(run.act) && run.args.name === connector),
    [answer, acts, connector],
  )
}

/** The runs of an act on a connector, the newest first. */
export function useRuns<Name extends ActName>(act: Name, connector: string): Run<Name>[] {
  const acts = useMemo(() => [act], [act])
  return useRunsOf(acts, connector)
}
