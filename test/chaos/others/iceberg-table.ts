import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import type { StoreAddress } from '../../../local/s3-proxy.ts'
import { pythonTools } from '../../support/python-tools.ts'
import type { FoundRecord } from '../checker/found.ts'
import { type Row, recordOf } from '../checker/row.ts'

/**
 * The rows that a reader of the table sees, file by file, read by PyIceberg and pyarrow.
 *
 * @param catalog the file of a catalog in SQLite
 */
export async function* readTable(catalog: string, store: StoreAddress): AsyncIterable<FoundRecord[]> {
  const location = metadataLocation(catalog)
  if (location === undefined) return
  const python = join(await pythonTools('test/chaos/others/requirements.txt'), 'python')
  const { endpoint = '', credentials } = store as StoreAddress & { credentials: Record<string, string> }
  const { accessKeyId = '', secretAccessKey = '' } = credentials
  const program = join(import.meta.dirname, 'read_iceberg.py')
  const reading = spawn(python, [program, location, endpoint, accessKeyId, secretAccessKey], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(reading, 'exit')
  for await (const line of createInterface(reading.stdout)) {
    const [path, rows] = JSON.parse(line) as [string, Row[]]
    yield rows.map((row, index) => recordOf(row, `${path} ${index}`))
  }
  const [code] = await exited
  if (code !== 0) throw new Error(`The Iceberg table ${location} could not be read.`)
}

/** Where the table is now; undefined while there is none. */
export function metadataLocation(catalog: string): string | undefined {
  if (!existsSync(catalog)) return undefined
  const database = new DatabaseSync(catalog, { readOnly: true })
  try {
    return database.prepare('select metadata_location from iceberg_tables').get()?.metadata_location as
      | string
      | undefined
  } finally {
    database.close()
  }
}
