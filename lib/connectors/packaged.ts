import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseJson } from '../parse-json.ts'
import type { DeployedTemplate } from '../stack/stack.ts'
import type { PackagedService } from './commands/packaged-service.ts'
import { fail, type Options, type Serverless } from './framework.ts'

/** What the framework writes beside the archives. */
const STATE_FILE = 'serverless-state.json'

/** Where the framework packages a service unless it is told otherwise. */
const PACKAGE_FOLDER = '.serverless'

/** Packages the service, unless the options name a folder where that was done. Nothing is sent anywhere. */
export async function packageService(serverless: Serverless, options: Options): Promise<PackagedService> {
  const { serviceDir = '', service } = serverless
  const given = options.package as string | undefined
  if (given === undefined) await serverless.pluginManager.spawn('package')
  const folder = resolve(serviceDir, given ?? service.package.path ?? PACKAGE_FOLDER)
  const template =
    given === undefined ? service.provider.compiledCloudFormationTemplate : templateIn(serverless, folder)
  return { ...stackOf(serverless), template: template ?? { Resources: {} }, folder }
}

/** Where the service is deployed to. */
export function stackOf(serverless: Serverless): Pick<PackagedService, 'stackName' | 'region'> {
  const provider = serverless.getProvider('aws')
  return { stackName: provider.naming.getStackName(), region: provider.getRegion() }
}

interface State {
  service?: { provider?: { compiledCloudFormationTemplate?: DeployedTemplate } }
}

function templateIn(serverless: Serverless, folder: string): DeployedTemplate {
  const file = join(folder, STATE_FILE)
  const state = existsSync(file) ? (parseJson(readFileSync(file, 'utf8')) as State | undefined) : undefined
  const template = state?.service?.provider?.compiledCloudFormationTemplate
  return template ?? fail(serverless, `${folder} has no package of this service: expected ${STATE_FILE} in it.`)
}
