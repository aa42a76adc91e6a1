import * as z from 'zod'
import { restoreOptions } from '../config/restore-options.ts'
import { check } from '../connectors/commands/check.ts'
import { pause, resume } from '../connectors/commands/pause.ts'
import { redrive } from '../connectors/commands/redrive.ts'
import { restore } from '../connectors/commands/restore.ts'
import { test } from '../connectors/commands/test.ts'
import type { Act } from './act.ts'
import type { ActName, RestoreOptionsGiven } from './api/index.ts'
import { shownRedrive } from './shown/redrive.ts'
import { shownRestore } from './shown/restore.ts'

const name = z.string().min(1).max(200)
const text = z.string().max(1_000)
const named = z.strictObject({ name })

/** A record larger than this is produced by other means. */
const MAX_VALUE = 1024 * 1024

/** Characters of an option: the names of a thousand topics. */
const MOST_OPTION = 250_000

const optionValues = { string: z.string().max(MOST_OPTION), boolean: z.boolean(), multiple: z.array(text).max(1_000) }

/** The options of the command, but for those of its report: a page names no file of this machine. */
const restoreChoices = z.strictObject({
  ...Object.fromEntries(
    Object.entries(restoreOptions).map(([option, { type }]) => [option, optionValues[type].optional()]),
  ),
  remote: z.boolean().optional(),
}) as z.ZodType<RestoreOptionsGiven>

/** The topics that a restore deletes first, as a person types them; undefined: none. */
function purgedText({ purge = [] }: RestoreOptionsGiven): string | undefined {
  return purge.length > 0 ? purge.join(',') : undefined
}

/** A document that is small. */
const whole = <Document>(document: Document) => document

/** Everything that can be done in the console. */
export const acts: { [Name in ActName]: Act<Name> } = {
  check: { args: named, confirmedBy: () => undefined, perform: check, shown: whole, endsInOrder: false },
  test: {
    args: z.strictObject({
      ...{ name, topic: z.string().min(1).max(249) },
      ...{ key: text.optional(), value: z.string().max(MAX_VALUE).optional(), partition: z.int().min(0).optional() },
      headers: z.array(text).max(100).optional(),
    }),
    confirmedBy: () => undefined,
    perform: (context, { partition, headers, ...options }) =>
      test(context, { ...options, header: headers, partition: partition?.toString() }, context.interruption()),
    shown: whole,
    shownArgs: ({ name, topic }) => ({ name, topic }),
    endsInOrder: true,
  },
  pause: { args: named, confirmedBy: ({ name }) => name, perform: pause, shown: whole, endsInOrder: false },
  resume: { args: named, confirmedBy: () => undefined, perform: resume, shown: whole, endsInOrder: false },
  redrive: {
    args: z.strictObject({
      ...{ name, dryRun: z.boolean(), offsets: z.string().max(100_000).optional(), code: text.optional() },
      ...{ since: text.optional(), limit: z.int().min(1).optional(), rate: text.optional() },
    }),
    confirmedBy: ({ name, dryRun }) => (dryRun ? undefined : name),
    perform: (context, { dryRun, limit, ...options }) =>
      redrive(context, { ...options, limit: limit?.toString(), 'dry-run': dryRun }),
    shown: shownRedrive,
    endsInOrder: true,
  },
  restore: {
    args: z.strictObject({ name, options: restoreChoices }),
    // What is deleted is named by the one who has it deleted.
    confirmedBy: ({ name, options }) => (options['dry-run'] ? undefined : (purgedText(options) ?? name)),
    perform: (context, { name, options }) => restore(context, { ...options, name, yes: true, report: false }),
    shown: shownRestore,
    endsInOrder: true,
  },
}
