import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { pythonTools } from './python-tools.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

export interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>
}

/** A service as `serverless package` leaves it. */
export interface PackagedService {
  folder: string
  templateFile: string
  template: Template
  /** cfn-lint's findings in a template, one a line; empty when it has none. */
  lint(file: string): Promise<string>
  /** The compressed size of each file in the package, by name. */
  files(): Promise<Record<string, number>>
  remove(): Promise<void>
}

/** Packages a service without credentials, and without a way to find any. */
export async function packageService(config: string): Promise<PackagedService> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-package-'))
  const own = /^(AWS|S3|KAFKA|SOURCE_KAFKA|TARGET_KAFKA|OBJECT)_/
  const environment = Object.entries(process.env).filter(([name]) => !own.test(name))
  // Apart from whatever else bundles this project meanwhile. The folder has to be below the project.
  const workFolder = join('.cache', basename(folder))
  const isolated = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder, ESBUILD_FOLDER: workFolder }
  const env = { ...Object.fromEntries(environment), ...isolated }
  const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
  await run(process.execPath, [serverless, 'package', '--config', config, '--package', folder], { cwd: root, env })
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const templateFile = join(folder, 'cloudformation-template-update-stack.json')
  const template: Template = JSON.parse(await readFile(templateFile, 'utf8'))

  async function lint(file: string): Promise<string> {
    const options = ['--format', 'parseable', '--regions', 'eu-central-1', '--include-checks', 'W']
    const program = 'from cfnlint.runner import main; main()'
    return run(python, ['-c', program, ...options, '--', file]).then(
      ({ stdout }) => stdout,
      error => {
        // It ends with a code when it finds something; without a finding it has failed itself.
        if (error.stdout === '') throw error
        return error.stdout
      },
    )
  }

  async function files(): Promise<Record<string, number>> {
    const state = JSON.parse(await readFile(join(folder, 'serverless-state.json'), 'utf8'))
    const archive = join(folder, `${state.service.service}.zip`)
    const sizes = 'json.dumps({i.filename: i.compress_size for i in zipfile.ZipFile(sys.argv[1]).infolist()})'
    const { stdout } = await run(python, ['-c', `import json, sys, zipfile; print(${sizes})`, archive])
    return JSON.parse(stdout)
  }

  async function remove() {
    await Promise.all([folder, join(root, workFolder)].map(path => rm(path, { recursive: true, force: true })))
  }

  return { folder, templateFile, template, lint, files, remove }
}
