import * as z from 'zod'
import type { TreeEntry } from '../api/index.ts'
import { useObjects } from '../objects/opened-objects.ts'
import type { AskedQuestion } from '../question.ts'
import { connectorName } from './named.ts'

/** The longest key of an object, in bytes. Source: Amazon S3 User Guide, "Naming Amazon S3 objects". */
const MAX_KEY = 1_024

/** Folders and objects of a page. */
const PAGE = 300

/** A folder of the bucket, a page at a time. */
export const tree: AskedQuestion<'tree'> = {
  args: z.strictObject({
    ...{ name: connectorName, prefix: z.string().max(MAX_KEY).optional() },
    ...{ begins: z.string().max(MAX_KEY).optional(), after: z.string().max(10_000).optional() },
  }),
  everyMs: 30_000,
  answer: (context, { name, prefix, begins = '', after }, signal) =>
    useObjects(context, name, signal, async ({ folders, settings }) => {
      const home = settings.keys.prefix === '' ? '' : `${settings.keys.prefix}/`
      const folder = prefix ?? home
      const page = await folders.page(`${folder}${begins}`, { next: after, most: PAGE }, signal)
      const entries: TreeEntry[] = [
        ...page.folders.map(prefix => ({ kind: 'folder' as const, prefix })),
        ...page.objects.map(({ key, size, modified }) => ({
          ...{ kind: 'object' as const, key, bytes: size, written: modified },
        })),
      ]
      entries.sort((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1))
      return { bucket: settings.store.bucket, prefix: folder, home, entries, next: page.next }
    }),
}

const nameOf = (entry: TreeEntry) => (entry.kind === 'folder' ? entry.prefix : entry.key)
