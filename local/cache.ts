import { join } from 'node:path'
import envPaths from 'env-paths'
import { isRepository } from './command-line.ts'

/** What is downloaded or made once for all services: `.cache` in the repository, and for the package the user's folder for it. */
export const cache = isRepository
  ? join(import.meta.dirname, '..', '.cache')
  : process.env.KAFKA_FUNCTIONS_CACHE || envPaths('kafka-functions', { suffix: '' }).cache

/** A variable for processes of Node.js: what they have compiled is kept for the next one. The framework is large. */
export const compileCache = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE || join(cache, 'compile') }
