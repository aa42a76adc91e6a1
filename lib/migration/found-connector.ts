/** A connector of another system, as its file has it. */
export interface FoundConnector {
  /** The name that the file gives it. */
  name?: string
  /** Its settings. Those of a flow of MirrorMaker 2 have the names that a connector’s settings have. */
  settings: Map<string, FoundSetting>
  /** Begins the names of variables, in the place of the connector’s name. */
  variablePrefix?: string
}

export interface FoundSetting {
  value: string
  /** The setting’s name in the file. */
  original: string
}

/** What a file has. */
export interface FoundSettings {
  connectors: FoundConnector[]
  /** What is strange about the file itself, in sentences. */
  remarks: string[]
}

/** Settings by name, in their order, of which the last of one name is taken, as Kafka does. */
export function settingsOf(pairs: (readonly [string, string])[]): FoundConnector['settings'] {
  return new Map(pairs.map(([name, value]) => [name, { value: value.trim(), original: name }]))
}

/** A remark for each name that is there more than once. */
export function repeatedNames(names: string[]): string[] {
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return Array.from(repeated, name => `${name} is there more than once; the last value is taken, as Kafka does.`)
}
