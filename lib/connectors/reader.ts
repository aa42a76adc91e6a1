import { conflicts } from './checks/conflict.ts'
import { type Fault, faultMessage, faultsOf, withoutCopies } from './checks/fault.ts'
import { brokenRules } from './checks/rule.ts'
import { type Connector, connectorsOf } from './declaration/connector.ts'
import { type ConnectorDeclaration, declarationSchemas } from './declaration/declaration.ts'
import { shown } from './declaration/key.ts'

/** The name of a connector. */
export const CONNECTOR_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/
const NAME_EXPECTED = '1 to 64 letters, digits, hyphens or underscores, not starting with a hyphen'

/**
 * Reads and checks the connectors of a service.
 *
 * @param declared the connectors by their names
 * @param service service and stage, the start of every function's name
 * @param place where they are declared
 * @throws one error that lists every fault with its place in the file
 */
export function readConnectors(declared: unknown, service: string, place: string): Connector[] {
  if (!isMap(declared)) {
    const message = `expected connectors by their names, got ${shown(declared)}`
    throw new Error(faultMessage(place, [{ path: [], message }]))
  }
  const read = Object.entries(declared).map(([name, value]) => readConnector(name, value, service))
  const connectors = read.flatMap(one => one.connectors)
  const faults = [...read.flatMap(one => one.faults), ...conflicts(connectors, service)]
  if (faults.length > 0) throw new Error(faultMessage(place, withoutCopies(faults)))
  return connectors
}

interface ReadConnector {
  connectors: Connector[]
  faults: Fault[]
}

function readConnector(name: string, value: unknown, service: string): ReadConnector {
  const { declaration, faults: wrong } = parse(value)
  const connectors = declaration ? connectorsOf(name, declaration, value) : []
  const broken = connectors.flatMap(connector => brokenRules(connector, service))
  // A rule adds nothing about keys of which one is already wrong.
  const added = broken.filter(({ path }) => path.length === 0 || !wrong.some(fault => isWithin(fault.path, path)))
  const faults = [...wrong, ...added].map(({ path, message }) => ({ path: [name, ...path], message }))
  const badName = CONNECTOR_NAME.test(name) ? [] : [{ path: [name], message: `expected a name of ${NAME_EXPECTED}` }]
  return { connectors, faults: [...badName, ...faults] }
}

/** Parses a declaration. Wrong parts are left out, so that the rules still see the rest; undefined when too little remains. */
function parse(value: unknown): { declaration?: ConnectorDeclaration; faults: Fault[] } {
  if (!isMap(value)) return { faults: [{ path: [], message: `expected keys with values, got ${shown(value)}` }] }
  const { type } = value
  const kinds = Object.keys(declarationSchemas)
  const schema = declarationSchemas[type as keyof typeof declarationSchemas]
  if (!schema) {
    return { faults: [{ path: ['type'], message: `expected one of ${kinds.join(', ')}, got ${shown(type)}` }] }
  }
  const parsed = schema.safeParse(value, { reportInput: true })
  if (parsed.success) return { declaration: parsed.data as ConnectorDeclaration, faults: [] }
  const faults = faultsOf(schema, parsed.error)
  const rest = faults.reduce<unknown>((value, { path }) => without(value, path), value)
  return { declaration: schema.safeParse(rest).data as ConnectorDeclaration | undefined, faults }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value without the part at the path. */
function without(value: unknown, [name, ...path]: PropertyKey[]): unknown {
  if (!isMap(value) || name === undefined) return value
  const { [name]: found, ...rest } = value as Record<PropertyKey, unknown>
  return path.length > 0 && found !== undefined ? { ...rest, [name]: without(found, path) } : rest
}

function isWithin(path: PropertyKey[], outer: PropertyKey[]): boolean {
  return outer.every((name, index) => path[index] === name)
}
