import type * as z from 'zod'
import type { QuestionName, Questions } from './api/index.ts'
import type { ConsoleContext } from './context.ts'

/** How the server answers a question. */
export type Question<Name extends QuestionName> = AskedQuestion<Name> | FollowedQuestion<Name>

interface Asked<Name extends QuestionName> {
  /** Checks what the page sends: it is input like any other. */
  args: z.ZodType<Questions[Name]['args']>
}

/** A question with an answer as of now. Pages that watch it share the answers. */
export interface AskedQuestion<Name extends QuestionName> extends Asked<Name> {
  /** From one answer to the next while a page watches a service on this machine, in milliseconds; a deployed one is asked less often. */
  everyMs: number
  /** A shorter time while an answer is not complete. */
  againMs?(answer: Questions[Name]['answer'], context: ConsoleContext): number | undefined
  answer(
    context: ConsoleContext,
    args: Questions[Name]['args'],
    signal: AbortSignal,
  ): Promise<Questions[Name]['answer']>
}

/** A question whose answers follow one another until nobody watches; each page has its own. */
export interface FollowedQuestion<Name extends QuestionName> extends Asked<Name> {
  follow(
    context: ConsoleContext,
    args: Questions[Name]['args'],
    signal: AbortSignal,
  ): AsyncIterable<Questions[Name]['answer']>
}
