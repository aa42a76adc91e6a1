import { CommandError, type StreamingContext } from '../../connectors/commands/command.ts'
import type { ConsoleContext } from '../context.ts'

/** What a command that only looks receives, when a question is answered by it. */
export function commandContext({ service: { connectors, deployment } }: ConsoleContext, signal: AbortSignal) {
  return {
    ...{ connectors, deployment, json: true, interruption: () => signal },
    write() {},
    tell() {},
    advance() {},
    output: { write: async () => true, columns: undefined, rows: undefined },
  } satisfies StreamingContext
}

/** The document of a command's answer. @throws CommandError when it has printed everything itself */
export function documentOf<Document>(answer: { document: Document } | undefined): Document {
  if (!answer) throw new CommandError('The command has no answer.')
  return answer.document
}
