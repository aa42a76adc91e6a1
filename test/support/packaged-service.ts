import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { lintTemplate } from './lint-template.ts'
import { pythonTools } from './python-tools.ts'
import { createServiceFolder } from './service-folder.ts'

const run = promisify(execFile)

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
 * @param edited the service's file after someone has edited it
 */
export async function packageService(
  config: string,
  variables: Record<string, string> = {},
  edited: (text: string) => string = text => text,
): Promise<PackagedService> {
  const service = await createServiceFolder()
  const file = join(service.path, config)
  const text = await readFile(file, 'utf8')
  // It is a link to the project's own.
  await rm(file)
  await writeFile(file, edited(text))
  const folder = join(service.path, 'package')
  await service.serverless(['package', '--config', config, '--package', folder], variables)
  const python = join(await pythonTools('test/deploy/requirements.txt'), 'python')
  const templateFile = join(folder, 'cloudformation-template-update-stack.json')
  const template: Template = JSON.parse(await readFile(templateFile, 'utf8'))

  async function packages(): Promise<Record<string, Record<string, number>>> {
    const sizes = '{i.filename: i.compress_size for i in zipfile.ZipFile(file).infolist()}'
    const all = `{os.path.basename(file): ${sizes} for file in glob.glob(sys.argv[1] + '/*.zip')}`
    const program = `import glob, json, os, sys, zipfile; print(json.dumps(${all}))`
    const { stdout } = await run(python, ['-c', program, folder])
    return JSON.parse(stdout)
  }

  return { folder, templateFile, template, lint: lintTemplate, packages, remove: service.remove }
}
