import * as z from 'zod'
import type { MappingBlueprint } from '../lambda/mapping-update.ts'
import { connectorSections, readConnectorSettings } from './connector.ts'
import { type Environment, readSections, section } from './section.ts'
import { json, variable } from './variable.ts'

export const mappingSection = section({
  title: 'Event source mappings',
  prefix: '',
  variables: {
    MAPPED_FUNCTION: variable(z.string(), {
      description: 'Function that the mappings call, by name.',
      expected: 'the name of a function',
    }),
    MAPPING: variable(blueprint(), {
      description: 'Properties of each mapping, as CreateEventSourceMapping takes them, without function and topic.',
      expected: 'a JSON object',
    }),
  },
  rules: [],
  settings: ({ MAPPED_FUNCTION, MAPPING }) => ({ functionName: MAPPED_FUNCTION, blueprint: MAPPING }),
})

/** All environment variables of the function `reconcile`. */
export const reconcileSections = { ...connectorSections, mapping: mappingSection }

/**
 * The settings of the function `reconcile`: those of the connector, and the properties of its mappings.
 *
 * @throws CodedError `CONFIG_INVALID`
 */
export function readReconcileSettings(environment: Environment) {
  const faults = environment.SOURCE_PATTERN
    ? []
    : [{ variable: 'SOURCE_PATTERN', expected: 'a regular expression', got: 'nothing' }]
  const { mapping } = readSections({ mapping: mappingSection }, environment, faults)
  const { pattern, ...connector } = readConnectorSettings(environment)
  return { ...connector, ...mapping, pattern: pattern as RegExp }
}

/** Not checked further: Lambda checks the properties. */
function blueprint() {
  return json()
    .pipe(
      z.looseObject({
        StartingPositionTimestamp: z
          .number()
          .transform(seconds => new Date(seconds * 1000))
          .optional(),
      }),
    )
    .transform(value => value as MappingBlueprint)
}
