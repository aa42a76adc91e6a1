/** Every code with which a command ends. docs/commands.md lists them from here. */
export const exitCodes = {
  done: { code: 0, meaning: 'Done. A check has passed, and a plan has nothing to do.' },
  failed: { code: 1, meaning: 'An error, or a check that failed. The message says which.' },
  pending: {
    code: 2,
    meaning:
      'Nothing failed, and something waits for a decision: `plan` has changes, or `restore --dry-run` would be refused.',
  },
  /** As shells tell that Ctrl-C ended a program. */
  interrupted: { code: 130, meaning: 'Ctrl-C ended the command.' },
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]['code']
