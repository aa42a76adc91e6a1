/** What a command has found out or done, once it knows all of it. */
export interface Answer<Document = unknown> {
  /** What `--json` prints, in the form that the register `documents` has for the command. */
  document: Document
  /** What is printed for people. */
  text(): string
  /** Why the command fails although it has an answer: one sentence, printed as an error. The exit code is 1. */
  failure?: string
  /** Whether something waits for a decision: the exit code is 2. */
  pending?: boolean
}
