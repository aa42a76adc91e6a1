/** A command of the client whose request can be changed before it is signed. */
export interface Adaptable {
  middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each command has types of its own for the same request
      change: (next: (args: any) => Promise<any>) => (args: any) => Promise<any>,
      place: { step: 'build'; priority: 'low' },
    ): void
  }
}

/** Changes the headers of a command's request before it is signed, after the client has added its own. */
export function changingHeaders<Command extends Adaptable>(
  command: Command,
  change: (headers: Record<string, string>) => void,
): Command {
  const adapted = (next: (args: object) => Promise<unknown>) => (args: object) => {
    change((args as { request: { headers: Record<string, string> } }).request.headers)
    return next(args)
  }
  command.middlewareStack.add(adapted, { step: 'build', priority: 'low' })
  return command
}
