import type { ContentName } from './objects.ts'

/** What the benchmark of compression levels has measured: docs/benchmarks/levels.json. */
export interface LevelsResult {
  /** What was called. */
  command: string
  node: string
  contents: readonly { name: ContentName; format: string; objectBytes: number; levels: readonly Level[] }[]
}

/** One level of a compression, for the bytes of one content. */
export interface Level {
  compression: 'gzip' | 'zstd'
  level: number
  /** CPU seconds for 10⁹ bytes before compression, median of the rounds. */
  secondsPerGb: number
  /** Compressed bytes for each byte before. */
  size: number
}
