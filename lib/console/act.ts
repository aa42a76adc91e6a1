import type * as z from 'zod'
import type { StreamingContext } from '../connectors/commands/command.ts'
import type { CommandResult } from '../connectors/commands/documents/index.ts'
import type { ActName, Acts, DocumentOf } from './api/index.ts'

/** How the server does something: by the command of the same name. */
export interface Act<Name extends ActName> {
  /** Checks what the page sends. */
  args: z.ZodType<Acts[Name]['args']>
  /** The name that a person has to type first; undefined where nothing is lost if it was a mistake. */
  confirmedBy(args: Acts[Name]['args']): string | undefined
  /** What pages get of the arguments, where these may be large; absent: all of them. */
  shownArgs?(args: Acts[Name]['args']): Acts[Name]['args']
  /** Whether it ends in order when it is cancelled. The others finish on the server that was asked, without the console. */
  endsInOrder: boolean
  perform(context: StreamingContext, args: Acts[Name]['args']): Promise<CommandResult<Name>>
  /** What pages get of the document, which may be large. Every page gets all runs whenever one of them has changed. */
  shown(document: DocumentOf<Name>): Acts[Name]['document']
}
