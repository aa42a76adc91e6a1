/** Every code with which the program ends. */
export const exitCodes = {
  done: 0,
  /** An error, said in one message. */
  failed: 1,
  /** The command line is wrong, or what it asks for was refused; nothing was done. */
  refused: 2,
  /** It is done, and something is left to a person: settings that `init` could not take over. */
  unfinished: 2,
  /** As shells tell that Ctrl-C ended a program. */
  interrupted: 130,
} as const
