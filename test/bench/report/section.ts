/** A part of docs/benchmarks.md: what one benchmark has measured, as tables and pictures. */
export interface Section<Result> {
  /** The results as the benchmark's `--json` writes them: a file of docs/benchmarks, without `.json`. */
  results: string
  /** Tables of the page, in Markdown, by the names in its markers. */
  tables: Readonly<Record<string, (result: Result) => string>>
  /**
   * Pictures in docs/benchmarks, as texts of SVG, by the names of their files. A table shows them. Undefined: the results have nothing
   * to show.
   */
  pictures: Readonly<Record<string, (result: Result) => string | undefined>>
}
