import type { AnySection } from '../config/section.ts'
import type { Options, Serverless } from './framework.ts'
import { localHandler } from './local-handlers.ts'
import { packageFile } from './package-files.ts'
import { deployedFunctions } from './resources/deployed-functions.ts'
import type { Expansion } from './resources/expansion.ts'
import { type FunctionDefinition, fileOf } from './resources/function.ts'

type Functions = Expansion['functions']

/** What every function runs on, whatever the service says about its own: bundles are made for it. */
const RUNTIME = 'nodejs24.x'

/** Cheaper than the other one, for the same work. Source: AWS Lambda pricing. */
const ARCHITECTURE = 'arm64'

const asPackage = (definition: FunctionDefinition) => ({
  package: { artifact: packageFile(definition), individually: true },
})
const asLocalHandler = (definition: FunctionDefinition) => ({ handler: localHandler(definition) })

/** How commands of the framework find the functions' files. All others need none. */
const places: Record<string, (definition: FunctionDefinition) => object> = {
  package: asPackage,
  deploy: asPackage,
  'deploy function': asPackage,
  'connectors plan': asPackage,
  offline: asLocalHandler,
  'offline start': asLocalHandler,
  'invoke local': asLocalHandler,
}

/** The functions of an expansion as the framework finds and runs them under the present command. */
export function placedFunctions({ processedInput, service }: Serverless, functions: Functions): Functions {
  const { architecture = ARCHITECTURE, runtime, layers } = service.provider
  const place = places[processedInput.commands.join(' ')]
  const common = {
    runtime: RUNTIME,
    // That of the service, if it has one: its layers may have binaries.
    architecture,
    // Layers of another language are of no use here.
    ...(layers && runtime && !runtime.startsWith('nodejs') ? { layers: [] } : {}),
    // serverless-esbuild, if the service lists it, bundles what is in the service's folder.
    skipEsbuild: true,
  }
  return Object.fromEntries(
    Object.entries(functions).map(([key, definition]) => [key, { ...definition, ...common, ...place?.(definition) }]),
  )
}

/** The one variable that has a place in the environment of all functions, because no key of a connector sets it. */
const COMMON = 'LOG_LEVEL'

/**
 * Variables of all functions (`provider.environment`) that would change what connectors do: functions read them, and the declaration
 * doesn't set them.
 */
export function inheritedVariables({ service }: Serverless, functions: Functions): string[] {
  return Object.keys(service.provider.environment ?? {}).filter(
    name => name !== COMMON && Object.values(functions).some(definition => isInherited(name, definition)),
  )
}

function isInherited(name: string, definition: FunctionDefinition): boolean {
  const sections = Object.values(deployedFunctions[fileOf(definition)].sections as Record<string, AnySection>)
  const isRead = sections.some(
    ({ prefix, variables }) => name.startsWith(prefix) && name.slice(prefix.length) in variables,
  )
  return isRead && !(name in definition.environment)
}

/** The functions that a command is about: the one that it names, which may be one of the service's own, otherwise all. */
export function chosenFunctions(functions: Functions, { function: chosen }: Options): FunctionDefinition[] {
  return Object.entries(functions)
    .filter(([key]) => chosen === undefined || key === chosen)
    .map(([, definition]) => definition)
}
