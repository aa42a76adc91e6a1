import { cat } from './commands/cat.ts'
import { check } from './commands/check.ts'
import type { StreamingContext } from './commands/command.ts'
import { compact } from './commands/compact.ts'
import { cost } from './commands/cost.ts'
import type { CommandName } from './commands/definition.ts'
import { describe } from './commands/describe.ts'
import type { CommandResult } from './commands/documents/index.ts'
import { failed } from './commands/failed.ts'
import { list } from './commands/list.ts'
import { logs } from './commands/logs.ts'
import { objects } from './commands/objects.ts'
import { pause, resume } from './commands/pause.ts'
import { plan } from './commands/plan.ts'
import { query } from './commands/query.ts'
import { redrive } from './commands/redrive.ts'
import { restore } from './commands/restore.ts'
import { test } from './commands/test.ts'
import { verify } from './commands/verify.ts'
import { showConsole } from './show-console.ts'

/** The code of each command. The framework has checked the options against their definitions. */
export const commands: {
  [Name in CommandName]: (context: StreamingContext, options: never) => Promise<CommandResult<Name>> | Promise<void>
} = {
  list,
  plan,
  describe,
  check,
  test,
  pause,
  resume,
  logs,
  objects,
  cat,
  compact,
  failed,
  redrive,
  restore,
  query,
  verify,
  cost,
  console: showConsole,
}
