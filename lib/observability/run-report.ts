import type { MiddlewareObj } from '@middy/core'
import { asCodedError } from '../error.ts'
import type { Log } from './logger.ts'

/** The lines that end each run of a function which nobody waits for. `connectors list` and `describe` read them. */
export const RUN_FINISHED = 'Run finished'
export const RUN_FAILED = 'Run failed'

/** Logs how each run ended: with what it returned, or with the error, which Lambda itself logs without its code. */
export function reportRuns(logger: Log): MiddlewareObj {
  return {
    after: ({ response }) => logger.info(RUN_FINISHED, { result: response }),
    onError({ error }) {
      const { code, message, topic, partition } = asCodedError(error)
      logger.error(RUN_FAILED, { errorCode: code, errorMessage: message, topic, partition })
    },
  }
}
