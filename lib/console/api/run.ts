import type { Advance } from '../../connectors/commands/command.ts'
import type { ErrorDocument } from '../../connectors/commands/error-document.ts'
import type { DocumentOf } from './document.ts'
import type { ShownRedrive } from './redrive.ts'
import type { RestoreOptionsGiven, ShownRestore } from './restore.ts'

/** What can be done, and what it answers: the document of the command of that name, or what a page shows of a large one. */
export interface Acts {
  check: { args: { name: string }; document: DocumentOf<'check'> }
  test: {
    args: { name: string; topic: string; key?: string; value?: string; partition?: number; headers?: string[] }
    document: DocumentOf<'test'>
  }
  pause: { args: { name: string }; document: DocumentOf<'pause'> }
  resume: { args: { name: string }; document: DocumentOf<'resume'> }
  redrive: {
    args: {
      name: string
      dryRun: boolean
      offsets?: string
      code?: string
      since?: string
      limit?: number
      rate?: string
    }
    document: ShownRedrive
  }
  restore: {
    args: { name: string; options: RestoreOptionsGiven }
    document: ShownRestore
  }
}

export type ActName = keyof Acts

/** Something that is being done, or was. Of an act that a person has started in the console. */
export interface Run<Name extends ActName = ActName> {
  id: string
  act: Name
  args: Acts[Name]['args']
  /** In milliseconds since the epoch. */
  started: number
  ended: number | null
  /** `pending`: it waits for a decision, such as a dry run that would be refused. */
  state: 'running' | 'done' | 'pending' | 'failed' | 'cancelled'
  /** How far long work is; null when it doesn't tell. */
  progress: Advance | null
  /** What was told while it ran, the newest last. */
  told: string[]
  /** What it answered. */
  document: Acts[Name]['document'] | null
  /** Why it failed. */
  error: ErrorDocument['error'] | null
}
