#!/usr/bin/env node
import { requireNode } from '../lib/node-version.ts'

// Imports are loaded before anything runs, so that the check comes first only if the rest is imported by a call. An old Node.js
// must be able to parse this file, so it has no top-level await.
requireNode('kafka-functions')

import('node:module')
  .then(({ enableCompileCache }) => {
    enableCompileCache()
    return import('./main.ts')
  })
  .then(({ main }) => main(process.argv.slice(2)))
