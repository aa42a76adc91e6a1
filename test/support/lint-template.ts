import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pythonTools } from './python-tools.ts'

/** cfn-lint's findings in a template, one a line; empty when it has none. */
export async function lintTemplate(file: string): Promise<string> {
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const options = ['--format', 'parseable', '--regions', 'eu-central-1', '--include-checks', 'W']
  const program = 'from cfnlint.runner import main; main()'
  return promisify(execFile)(python, ['-c', program, ...options, '--', file]).then(
    ({ stdout }) => stdout,
    error => {
      // It ends with a code when it finds something; without a finding it has failed itself.
      if (error.stdout === '') throw error
      return error.stdout
    },
  )
}
