import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'

/** Files of a service, relative to its folder. */
export const CONNECTORS_FILE = 'connectors.yml'
export const SERVICE_FILE = 'serverless.yml'

/** The packages that a service needs, with their versions. */
export function servicePackages(): Record<string, string> {
  const { version, devDependencies } = ownPackage()
  const { serverless = '4', 'serverless-offline': offline = '14' } = devDependencies ?? {}
  return { 'kafka-functions': `^${version}`, serverless, 'serverless-offline': offline }
}

function ownPackage(): { version: string; devDependencies?: Record<string, string> } {
  const file = findPackageJSON('../..', import.meta.url)
  if (file === undefined) throw new Error('kafka-functions has no package.json: install it again.')
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** The service. */
export function serviceFile(service: string, region: string): string {
  return `# Connectors are in ${CONNECTORS_FILE}. Deploy: npx serverless deploy
service: ${service}
frameworkVersion: '4'

plugins:
  - kafka-functions/connectors
  - serverless-offline

provider:
  name: aws
  runtime: nodejs24.x
  architecture: arm64
  region: ${region}

connectors: \${file(${CONNECTORS_FILE})}
`
}

/** What a service that is there already needs. */
export const SERVICE_LINES = `plugins:
  - kafka-functions/connectors
  - serverless-offline
connectors: \${file(${CONNECTORS_FILE})}`

export function packageFile(service: string): string {
  return `${JSON.stringify({ name: service, private: true, devDependencies: servicePackages() }, null, 2)}\n`
}

/** How to install what the service’s package.json lacks. */
export function installCommand(dependencies: Record<string, string>): string {
  const missing = Object.entries(servicePackages()).filter(([name]) => dependencies[name] === undefined)
  if (missing.length === 0) return 'npm install'
  return `npm install --save-dev ${missing.map(([name, version]) => (version.startsWith('npm:') ? `${name}@${version}` : name)).join(' ')}`
}

/** Lines of .gitignore. */
export const ignored = ['node_modules/', '.serverless/', '.kafka-functions/']
