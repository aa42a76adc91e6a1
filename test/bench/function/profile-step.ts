import type { Frame } from './profile.ts'

/** Whether a frame is code of a step. */
type Matches = (frame: Frame) => boolean

const inFiles =
  (files: RegExp): Matches =>
  ({ file }) =>
    files.test(file)

/** What is not the function's own: waiting, and what the measurement does. */
const isForeign: Matches = ({ name, file }) =>
  name === '(idle)' || name === 'readFileSync' || /^node:inspector|process\/per_thread/.test(file)

/** What the main thread does with an event, in the order of its way. The first that a frame matches is its step. */
const steps = {
  'JSON.parse': ({ name, file }) => name === 'invoke' && /\/(invoked|loaded)-function\.ts$/.test(file),
  base64: ({ name, file }) =>
    /^base64/i.test(name) || (file.endsWith('platforms/aws/event.ts') && ['decode', 'Base64Bytes'].includes(name)),
  compression: inFiles(/^node:zlib$|^lib\/formats\/compression\.ts$/),
  'digests, signatures': inFiles(/signature-v4|checksum|sha256|crc32|^node:internal\/crypto|^lib\/.*digest/),
  encoding: inFiles(/^lib\/formats\/|^avsc\/|^hyparquet/),
  'logs, metrics': inFiles(/^lib\/observability\/|^@aws-lambda-powertools\/|^@middy\//),
  Kafka: inFiles(/^lib\/kafka\/|^@platformatic\//),
  'mapping, keys': inFiles(/^lib\/(?!s3\/|secrets\/)/),
  HTTP: inFiles(
    /^lib\/s3\/|^lib\/secrets\/|^@smithy\/|^@aws|^node:(_http|http|net|internal\/(stream_base|streams|http))/,
  ),
  'garbage collection': ({ name }) => name === '(garbage collector)',
  rest: () => false,
} satisfies Record<string, Matches>

export type StepName = keyof typeof steps
export const stepNames = Object.keys(steps) as StepName[]

/**
 * The step of a sample: that of the innermost function that belongs to one.
 *
 * @param stack the function that was running, then its caller, and so on
 * @returns undefined for what is not the function's own
 */
export function stepOf(stack: readonly Frame[]): StepName | undefined {
  if (stack.some(isForeign)) return undefined
  for (const frame of stack) {
    const step = stepNames.find(name => steps[name](frame))
    if (step) return step
  }
  return 'rest'
}
