import { readFileSync } from 'node:fs'
import { matchesGlob } from 'node:path'
import { parseDocument, type YAMLMap } from 'yaml'
import { bundling } from '../../../local/esbuild-settings.ts'

// A running service watched thousands of folders of the cache, and bundled again when a script in them changed.
test.each(['serverless.yml', 'serverless.replicate.yml'])(
  'a running service of %s watches neither the cache nor the folders of bundles',
  file => {
    const document = parseDocument(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8'), {
      logLevel: 'error',
    })
    const { outputWorkFolder } = (document.getIn(['custom', 'esbuild']) as YAMLMap).toJSON()
    const [, folder = ''] = /'(.+)'/.exec(outputWorkFolder) ?? []
    expect(folder).toMatch(/^\.esbuild/)
    for (const name of [folder, '.cache', 'node_modules']) {
      expect(bundling.watch.ignore.some(pattern => matchesGlob(name, pattern))).toBe(true)
    }
  },
)
