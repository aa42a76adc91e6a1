import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { deployed } from './function-bundle.ts'
import { median, round } from './measure.ts'

const root = join(import.meta.dirname, '../..')

const dump = { ...deployed, entryPoints: { bundle: join(root, 'functions/dump.ts') } }
const clientS3 = { contents: "export { S3Client, PutObjectCommand } from '@aws-sdk/client-s3'", resolveDir: root }

/** Cold import of the deployed bundle, with the formats and without, beside that of the S3 client alone. */
export async function measureImport(outdir: string, rounds: number) {
  const variants: Record<string, BuildOptions> = {
    '@aws-sdk/client-s3 alone': {
      ...deployed,
      entryPoints: undefined,
      stdin: { ...clientS3, sourcefile: 'bundle.js' },
    },
    dump,
    'dump, without any format': { ...dump, plugins: [...(deployed.plugins ?? []), withoutFormats] },
    'dump, all in one file': { ...dump, splitting: false },
  }
  const bundles = await Promise.all(
    Object.entries(variants).map(async ([name, variant], index) => {
      const folder = join(outdir, `import-${index}`)
      await build({ ...variant, outdir: folder })
      return { name, file: join(folder, variant.stdin ? 'stdin.mjs' : 'bundle.mjs'), times: [] as number[] }
    }),
  )
  for (let index = 0; index < rounds; index++) {
    for (const { file, times } of bundles) times.push(importOnce(file))
  }
  const floor = median(bundles[0]?.times ?? [])
  const rows = bundles.map(({ name, times }) => [
    name,
    { 'median CPU ms': round(median(times)), 'ratio to the client': round(median(times) / floor) },
  ])
  console.log('\nCold import')
  console.table(Object.fromEntries(rows))
}

/** Milliseconds of CPU: a start on a function's part of a processor takes as long, and other work here doesn't count. */
function importOnce(file: string): number {
  const code = `const t=process.cpuUsage();await import('${file}');const{user,system}=process.cpuUsage(t);console.log((user+system)/1e3)`
  const env = { ...process.env, S3_BUCKET: 'bench-bucket', AWS_REGION: 'eu-central-1' }
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { env })
  if (stdout.length === 0) throw new Error(stderr.toString())
  return Number(stdout.toString())
}

/** Leaves out what is loaded on first use: all formats of objects and values. */
const withoutFormats: Plugin = {
  name: 'without-formats',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, importer, path }) => {
      const isFormat = kind === 'dynamic-import' && /lib\/(formats|values)\/index\.ts$/.test(importer)
      return isFormat ? { path, external: true } : undefined
    })
  },
}
