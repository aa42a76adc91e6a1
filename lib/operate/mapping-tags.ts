import type { DeployedMapping, EventSourceMappings } from '../lambda/event-source-mappings.ts'

type Tags = Record<string, string>
type Mapping = Pick<DeployedMapping, 'uuid' | 'arn'>

/**
 * The tags of mappings. Each is read once and then remembered, as only this project changes the tags that matter, so keep
 * one of these for as long as the process lives.
 */
export class MappingTags {
  readonly #mappings: Pick<EventSourceMappings, 'tags' | 'tag' | 'untag'>
  readonly #known = new Map<string, Tags>()

  constructor(mappings: Pick<EventSourceMappings, 'tags' | 'tag' | 'untag'>) {
    this.#mappings = mappings
  }

  /** The tags that have been read or written here; undefined before that. */
  known({ uuid }: Mapping): Tags | undefined {
    return this.#known.get(uuid)
  }

  async of(mapping: Mapping): Promise<Tags> {
    const tags = this.known(mapping) ?? (await this.#mappings.tags(mapping.arn))
    this.#known.set(mapping.uuid, tags)
    return tags
  }

  async add(mapping: Mapping, added: Tags): Promise<void> {
    await this.#mappings.tag(mapping.arn, added)
    const tags = this.known(mapping)
    if (tags) this.#known.set(mapping.uuid, { ...tags, ...added })
  }

  async remove(mapping: Mapping, names: string[]): Promise<void> {
    await this.#mappings.untag(mapping.arn, names)
    const left = Object.entries(this.known(mapping) ?? {}).filter(([name]) => !names.includes(name))
    if (this.known(mapping)) this.#known.set(mapping.uuid, Object.fromEntries(left))
  }
}
