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
  /** The packages: the compressed size of each file, by the package's name and the file's. */
  packages(): Promise<Record<string, Record<string, number>>>
  remove(): Promise<void>
}

/**
 * Packages a service without credentials, and without a way to find any.
 *
 * @param variables environment variables that the service reads
 */
export async function packageService(config: string, variables: Record<string, string> = {}): Promise<PackagedService> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-functions-package-'))
  const own = /^(AWS|S3|KAFKA|SOURCE_KAFKA|TARGET_KAFKA|OBJECT)_/
  const environment = Object.entries(process.env).filter(([name]) => !own.test(name))
  // Apart from whatever else bundles this project meanwhile. The folder has to be below the project.
  const workFolder = join('.cache', basename(folder))
  const isolated = { AWS_EC2_METADATA_DISABLED: 'true', HOME: folder, ESBUILD_FOLDER: workFolder }
  const env = { ...Object.fromEntries(environment), ...isolated, ...variables }
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

  async function packages(): Promise<Record<string, Record<string, number>>> {
    const sizes = '{i.filename: i.compress_size for i in zipfile.ZipFile(file).infolist()}'
    const all = `{os.path.basename(file): ${sizes} for file in glob.glob(sys.argv[1] + '/*.zip')}`
    const program = `import glob, json, os, sys, zipfile; print(json.dumps(${all}))`
    const { stdout } = await run(python, ['-c', program, folder])
    return JSON.parse(stdout)
  }

  async function remove() {
    await Promise.all([folder, join(root, workFolder)].map(path => rm(path, { recursive: true, force: true })))
  }

  return { folder, templateFile, template, lint, packages, remove }
}
