import type * as z from 'zod'
import type { Answer } from '../answer.ts'
import type { CommandName, JsonCommand } from '../definition.ts'
import { checkDocument } from './check.ts'
import { compactDocument } from './compact.ts'
import { costDocument } from './cost.ts'
import { describeDocument } from './describe.ts'
import { failedDocument, redriveDocument } from './failed.ts'
import { listDocument } from './list.ts'
import { logsDocument } from './logs.ts'
import { objectsDocument } from './objects.ts'
import { pauseDocument } from './pause.ts'
import { planDocument } from './plan.ts'
import { queryDocument } from './query.ts'
import { restoreDocument } from './restore.ts'
import { testDocument } from './test.ts'
import { verifyDocument } from './verify.ts'

/**
 * What each command prints with `--json`: the whole document or, of a command that prints lines, each of them. The fields are
 * stable: they are added, and never renamed or given another meaning. docs/commands.md is made of their descriptions, and tests
 * parse with them what the commands print.
 */
export const documents = {
  list: listDocument,
  plan: planDocument,
  describe: describeDocument,
  check: checkDocument,
  test: testDocument,
  pause: pauseDocument,
  resume: pauseDocument,
  logs: logsDocument,
  objects: objectsDocument,
  compact: compactDocument,
  verify: verifyDocument,
  failed: failedDocument,
  redrive: redriveDocument,
  restore: restoreDocument,
  query: queryDocument,
  cost: costDocument,
} satisfies Record<JsonCommand, z.ZodType>

/** What the code of a command gives back; undefined when it has printed everything itself. */
export type CommandResult<Name extends CommandName> = Name extends keyof typeof documents
  ? Answer<z.input<(typeof documents)[Name]>> | undefined
  : undefined
