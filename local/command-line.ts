/** Whether this is the project's repository: in the package there are no sources. */
export const isRepository = import.meta.filename.endsWith('.ts')

/** How people call a command of `kafka-functions` here: by its script in the repository, by the package's program elsewhere. */
export function commandLine(command: string, args = ''): string {
  if (args) return `${beforeOptions(command)} ${args}`
  return isRepository ? script(command) : program(command)
}

/** What stands before the options of a command. */
export function beforeOptions(command: string): string {
  return isRepository ? `${script(command)} --` : program(command)
}

function script(command: string): string {
  return command === 'start' ? 'npm start' : `npm run ${command}`
}

function program(command: string): string {
  return `npx kafka-functions ${command}`
}
