import { useEffect, useState } from 'preact/hooks'
import type { QuestionName, Questions } from '../api/index.ts'
import { type Asked, consoleGone, useAsked, useLive } from './live.ts'

interface Again {
  /** From an answer to the next question, in milliseconds, for a service on this machine. */
  everyMs: number
  /** When something last ended that makes for another answer, in milliseconds since the epoch. */
  changed?: number | null
}

/**
 * Asks when a component is shown, and again after something was done. A service on this machine is also asked again some time after
 * each answer, while somebody sees the page. For answers that take long, so that two of them are never under way. A deployed
 * service is not asked repeatedly: each answer reads topics, logs or lists of objects, which costs.
 */
export function useAskedAgain<Name extends QuestionName>(
  question: Name,
  args: Questions[Name]['args'] | undefined,
  { everyMs, changed }: Again,
): Asked<Name> {
  const asked = useAsked(question, args)
  const isLocal = useLive('service', {}).answer?.isLocal ?? false
  const [shown] = useState(Date.now)
  const { tried, error, again } = asked
  useEffect(() => {
    // The console itself is tried again in any case.
    if (!isLocal || tried === undefined || error === consoleGone) return
    const ask = () => {
      if (!document.hidden) return again()
      document.addEventListener('visibilitychange', again, { once: true })
    }
    const timer = setTimeout(ask, everyMs)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', again)
    }
  }, [isLocal, tried, error, everyMs])
  useEffect(() => {
    if (changed != null && changed > shown) again()
  }, [changed])
  return asked
}
