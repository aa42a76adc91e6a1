import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { requireNode } from '../node-version.ts'

// Imports are loaded before anything runs, so that the check comes first only if the rest is loaded by a call.
requireNode('kafka-functions/connectors')

const load = createRequire(import.meta.url)

/** The plugin `kafka-functions/connectors`. The Serverless Framework calls it with its own objects, so there is no type of them here. */
const ServerlessConnectors: new (serverless: object, options: object, utilities: object) => object = load(
  `./index${extname(import.meta.url)}`,
).default

export default ServerlessConnectors
