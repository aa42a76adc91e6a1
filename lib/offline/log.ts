/** The levels of the Serverless Framework's log that this plugin uses. `info` is shown with `--verbose`. */
export interface Log {
  info(line: string): void
  notice(line: string): void
  warning(line: string): void
  error(line: string): void
}
