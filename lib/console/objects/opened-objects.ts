import { connectorInventory } from '../../connectors/commands/connector-inventory.ts'
import { dumpNamed, type OpenedConnector, openConnector } from '../../connectors/commands/opened-connector.ts'
import { shortDigest } from '../../digest.ts'
import { createFolders, type Folders } from '../../s3/folders.ts'
import type { ConsoleContext } from '../context.ts'
import type { Closable } from '../kept-open.ts'
import { commandContext } from '../questions/command-document.ts'
import { KeptInventory } from './kept-inventory.ts'
import { rememberingEntries } from './remembered-entries.ts'

/** A dump whose objects are looked at. */
export interface OpenedObjects extends OpenedConnector, Closable {
  folders: Folders
  inventory: KeptInventory
}

/**
 * Uses the objects of a dump, which stay open between two questions. They are opened again when the declaration has changed.
 *
 * @throws CommandError when there is no such dump; CodedError as `openConnector`
 */
export async function useObjects<R>(
  context: ConsoleContext,
  name: string,
  signal: AbortSignal,
  use: (opened: OpenedObjects) => Promise<R>,
): Promise<R> {
  const connector = dumpNamed(name, commandContext(context, signal))
  const { deployment } = context.service
  const open = async (): Promise<OpenedObjects> => {
    const { commits, ...opened } = await openConnector(connector, deployment)
    const remembering = { ...opened, commits: rememberingEntries(commits, opened.settings.keys.prefix) }
    return {
      ...{ ...opened, commits, folders: createFolders(opened.settings.store) },
      inventory: new KeptInventory(topic => connectorInventory(remembering, topic)),
      close: async () => {},
    }
  }
  return await context.open.use(`objects/${name}/${shortDigest(JSON.stringify(connector), 16)}`, open, use)
}
