import { decodeSegment } from '../objects/segment.ts'
import type { CommitStore } from './commit-store.ts'
import type { Unit } from './entry.ts'
import { logFolder, logsFolder } from './log-key.ts'

/** Every unit that has a log, by two short listings each. Folders with other names are passed over. */
export async function* unitsWithLog(store: Pick<CommitStore, 'list'>, prefix: string): AsyncGenerator<Unit> {
  const folder = logsFolder(prefix)
  for (let after = folder; ; ) {
    const [next] = await Array.fromAsync(store.list(folder, { after, limit: 1 }))
    if (!next) return
    const [topic = '', partition = ''] = next.key.slice(folder.length).split('/')
    const unit: Unit = { topic: decodeSegment(topic), partition: partition === 'all' ? 'all' : Number(partition) }
    const own = logFolder(prefix, unit)
    if (next.key.startsWith(own)) yield unit
    // The character that follows the slash: all keys of the folder sort before it.
    after = next.key.startsWith(own) ? `${own.slice(0, -1)}0` : next.key
  }
}
