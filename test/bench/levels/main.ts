import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { median } from '../measure.ts'
import { resultText } from '../result-text.ts'
import { type ContentName, contents, objectsOf } from './objects.ts'
import type { Level, LevelsResult } from './result.ts'

/**
 * CPU time against size for the levels of gzip and zstd, with objects of the usual size: JSON, Avro and binary values. Each object is
 * compressed as a whole.
 *
 * `npm run bench:levels -- [--rounds 5] [--json FILE]`
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, json: { type: 'string' } } })
const ROUNDS = Number(values.rounds)

const compressors: Record<Level['compression'], { most: number; compress(bytes: Buffer, level: number): Buffer }> = {
  gzip: { most: 9, compress: (bytes, level) => gzipSync(bytes, { level }) },
  zstd: {
    most: 12,
    compress: (bytes, level) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
  },
}

const measured: LevelsResult['contents'][number][] = []
for (const name of Object.keys(contents) as ContentName[]) {
  const objects = await objectsOf(name)
  const objectBytes = Math.round(sizeOf(objects) / objects.length)
  measured.push({ name, format: contents[name].format, objectBytes, levels: levelsOf(objects) })
  console.log(`\n${name}, objects of ${(objectBytes / 1e6).toFixed(2)} MB`)
  console.table(
    measured.at(-1)?.levels.map(({ compression, level, secondsPerGb, size }) => ({
      ...{ compression, level, 'CPU s/GB': secondsPerGb, 'size %': Math.round(size * 1000) / 10 },
    })),
  )
}
const command = ['npm run bench:levels', ...process.argv.slice(2)].join(' ')
const result: LevelsResult = { command, node: process.version, contents: measured }
if (values.json) await writeFile(values.json, resultText({ ...result }, 'contents'))

/** Rounds in which each level compresses all objects once, so that drift of the machine meets them all. */
function levelsOf(objects: Buffer[]): Level[] {
  const plain = sizeOf(objects)
  const levels = Object.entries(compressors).flatMap(([compression, { most, compress }]) =>
    Array.from({ length: most }, (_, index) => ({
      compression,
      level: index + 1,
      compress,
      seconds: [] as number[],
      size: 0,
    })),
  )
  for (let round = 0; round < ROUNDS; round++) {
    for (const one of levels) {
      const start = process.cpuUsage()
      const compressed = objects.map(object => one.compress(object, one.level))
      const { user, system } = process.cpuUsage(start)
      one.seconds.push((user + system) / 1e6)
      one.size = sizeOf(compressed) / plain
    }
  }
  return levels.map(({ compression, level, seconds, size }) => ({
    compression: compression as Level['compression'],
    level,
    secondsPerGb: Math.round((median(seconds) / plain) * 1e11) / 100,
    size: Math.round(size * 1e4) / 1e4,
  }))
}

function sizeOf(objects: Buffer[]): number {
  return objects.reduce((sum, { length }) => sum + length, 0)
}
