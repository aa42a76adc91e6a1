import type { RunProgress } from '../../compaction/compact.ts'
import type { UnitReport } from '../../compaction/compaction.ts'
import type { Log } from '../../observability/logger.ts'
import { compactedText, sizeText } from './compact-text.ts'
import type { Traffic } from './counted-store.ts'
import { ProgressLine } from './progress-line.ts'
import { terminalLog } from './terminal-log.ts'

/** What a run has done so far: a line on the terminal, above which it prints what is worth keeping. */
export class CompactionProgress {
  readonly #line = new ProgressLine()
  readonly #write: (text: string) => void
  #step = ''
  #objects = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  print(text: string) {
    this.#line.clear()
    this.#write(text)
  }

  /** A run looks for what is due, or has compacted a topic-partition. */
  run({ units, done, report }: RunProgress) {
    this.#step = `${done} of ${units} topic-partitions, `
    if (report) this.#tell(report)
  }

  /** Objects of an earlier dump are copied. */
  adopted(objects: number) {
    this.#step = `${objects} objects adopted, `
  }

  traffic({ read, written }: Traffic) {
    this.#line.show(() => `${this.#step}${this.#objects} made, ${sizeText(read)} read, ${sizeText(written)} written`)
  }

  end() {
    this.#line.clear()
  }

  #tell(report: UnitReport) {
    this.#objects += report.outputs.length
    const text = compactedText(report)
    if (text) this.print(text)
  }

  log(): Log {
    return terminalLog(text => this.print(text))
  }
}
