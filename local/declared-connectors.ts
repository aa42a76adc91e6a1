import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify, stripVTControlCharacters } from 'node:util'
import type { Connector } from '../lib/connectors/declaration/connector.ts'
import { readConnectors } from '../lib/connectors/reader.ts'
import { CONNECTORS_CONFIG, frameworkMessage, root, serverless } from './framework.ts'

/**
 * Reads the connectors that a file declares through the framework, which resolves its variables.
 *
 * @throws one error that lists everything that is wrong with them
 */
export async function declaredConnectors(file: string): Promise<Connector[]> {
  const command = [
    serverless,
    'print',
    '--config',
    CONNECTORS_CONFIG,
    '--path',
    'custom.connectors',
    '--format',
    'json',
  ]
  const env = { ...process.env, CONNECTORS: resolve(file) }
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root, env })
    return readConnectors(JSON.parse(stdout), 'local')
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    if (stdout === undefined) throw error
    throw new Error(frameworkMessage(stripVTControlCharacters(stdout).split('\n')))
  }
}
