import type { Tracer as Library } from '@aws-lambda-powertools/tracer'
import type { Origin } from './logger.ts'

/** Annotations of a subsegment, by which X-Ray can search. */
export type Annotations = Record<string, string | number>

/** Subsegments of the invocations that AWS X-Ray samples. Other invocations don't even load the library. */
export interface Tracer {
  begin(): Promise<void>
  /** Runs a step in a subsegment of the invocation. */
  step<T>(name: string, annotations: Annotations, run: () => Promise<T>): Promise<T>
  /** @param error why the invocation fails */
  end(error?: Error | null): void
}

type Segment = NonNullable<ReturnType<Library['getSegment']>>

/** Whether X-Ray samples the invocation, as Lambda's runtime says. Source: AWS X-Ray, "Tracing header". */
const isSampled = () => /(^|;)Sampled=1(;|$)/.test(process.env._X_AMZN_TRACE_ID ?? '')

export function createTracer({ service, connector }: Origin): Tracer {
  let loading: Promise<() => Segment | undefined> | undefined
  let invocation: Segment | undefined
  return {
    async begin() {
      invocation = undefined
      if (!isSampled()) return
      loading ??= load(service)
      const segment = (await loading)()
      invocation = segment?.addNewSubsegment(`## ${process.env._HANDLER}`)
      annotate(invocation, { service, connector })
    },
    async step(name, annotations, run) {
      const subsegment = invocation?.addNewSubsegment(name)
      annotate(subsegment, annotations)
      try {
        const result = await run()
        subsegment?.close()
        return result
      } catch (error) {
        subsegment?.close(error as Error)
        throw error
      }
    },
    end(error) {
      invocation?.close(error)
      invocation = undefined
    },
  }
}

/**
 * Loads the library for the first traced invocation. It takes 40 ms, which other invocations need not spend.
 *
 * @returns a function that returns Lambda's segment of the current invocation
 */
async function load(serviceName: string): Promise<() => Segment | undefined> {
  const { Tracer } = await import('@aws-lambda-powertools/tracer')
  const { provider } = new Tracer({ serviceName, captureHTTPsRequests: false })
  const segment = provider.getSegment()
  // The SDK continues the invocation's trace when asked for the segment, which it looks up in its own context.
  return () =>
    provider.getNamespace().runAndReturn(() => {
      if (segment) provider.setSegment(segment)
      return provider.getSegment()
    })
}

function annotate(segment: Segment | undefined, annotations: Annotations) {
  for (const [key, value] of Object.entries(annotations)) segment?.addAnnotation(key, value)
}
