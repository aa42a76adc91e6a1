import type { StreamingContext } from '../../lib/connectors/commands/command.ts'
import { type CommandName, definitions } from '../../lib/connectors/commands/definition.ts'
import { documents } from '../../lib/connectors/commands/documents/index.ts'
import { perform } from '../../lib/connectors/run-command.ts'

/** Options of a command, and whether it prints JSON. */
export type PrintedOptions = Record<string, unknown> & { json?: boolean }

/**
 * Runs a command as the plugin does. What it prints with `json` has to have the documented form, whether it fails or not.
 *
 * @param context without `json`; its `write` gets what is printed
 * @param text gives everything that was printed
 * @throws what the command throws, and for an answer that is a failure
 */
export async function performed(
  name: CommandName,
  context: StreamingContext,
  { json = false, ...options }: PrintedOptions,
  text: () => string,
): Promise<void> {
  try {
    await perform(name, { ...context, json, ...(json && { write() {} }) }, options)
  } finally {
    if (json && text() !== '') documentsIn(name, text())
  }
}

/** The documents that a command has printed. @throws when one of them has another form than its schema */
export function documentsIn(name: CommandName, text: string): unknown[] {
  const schema = documents[name as keyof typeof documents]
  const isLines = (definitions[name] as { json?: string }).json === 'lines'
  const texts = isLines ? text.trimEnd().split('\n') : [text]
  return texts.map(one => schema.parse(JSON.parse(one)))
}
