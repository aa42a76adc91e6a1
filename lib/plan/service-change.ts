import type { DeployedResource, DeployedTemplate } from '../stack/stack.ts'
import { type Change, changeOf, isSame, textOf } from './change.ts'

type Resources = ReadonlyMap<string, DeployedResource>

/** Digests of the functions' code by the functions' names, as Lambda calls it `CodeSha256`. */
export interface CodeDigests {
  deployed: ReadonlyMap<string, string>
  declared: ReadonlyMap<string, string>
}

const BUCKET = /^ConnectorsBucket/
const DASHBOARD = 'ConnectorsDashboard'

/** What the framework adds for itself: each deployment has its own, or they never change. */
const ofFramework = (id: string, { Type }: DeployedResource) =>
  id.startsWith('ServerlessDeploymentBucket') || Type === 'AWS::Lambda::Version'

/** The lines for what connectors have in common, and one for all other resources of the service. */
export function serviceChanges(before: Resources, after: Resources): Change[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])]
  const ours = ids.filter(id => BUCKET.test(id) || id === DASHBOARD)
  const others = ids.filter(id => {
    const resource = after.get(id) ?? before.get(id)
    return resource && !ours.includes(id) && !ofFramework(id, resource)
  })
  return [
    ...ours.flatMap(id => (id === DASHBOARD ? dashboard : bucket)(before.get(id), after.get(id))),
    ...otherResources(others, before, after),
  ]
}

function dashboard(before: DeployedResource | undefined, after: DeployedResource | undefined): Change[] {
  if (before && after && isSame(before.Properties, after.Properties)) return []
  return [{ mark: before ? (after ? 'change' : 'remove') : 'add', what: 'dashboard' }]
}

interface Rule {
  Id: string
  ExpirationInDays?: number
}

function bucket(before: DeployedResource | undefined, after: DeployedResource | undefined): Change[] {
  const name = textOf((after ?? before)?.Properties?.BucketName)
  const what = name === undefined ? 'bucket' : `bucket ${name}`
  if (!before) {
    const note = name === undefined ? {} : { note: 'if there is one already, take createBucket out of the declaration' }
    return [{ mark: 'add', what, key: 'to.createBucket', ...note }]
  }
  if (!after)
    return [
      {
        mark: 'caution',
        what,
        key: 'to.createBucket',
        note: 'is no longer part of the service; it is kept with its objects and its lifecycle',
      },
    ]
  if (isSame(before.Properties, after.Properties)) return []
  const retentions = retentionChanges(rulesOf(before), rulesOf(after))
  return retentions.length > 0
    ? retentions.map(change => ({ ...change, what: `${what}: ${change.what}` }))
    : [{ mark: 'change', what }]
}

function rulesOf({ Properties }: DeployedResource): Map<string, Rule> {
  const { Rules = [] } = (Properties?.LifecycleConfiguration ?? {}) as { Rules?: Rule[] }
  return new Map(Rules.map(rule => [rule.Id, rule]))
}

function retentionChanges(before: Map<string, Rule>, after: Map<string, Rule>): Change[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])]
  return ids
    .filter(id => !isSame(before.get(id), after.get(id)))
    .map(id => {
      const [from, to] = [before.get(id)?.ExpirationInDays, after.get(id)?.ExpirationInDays]
      const isShorter = to !== undefined && (from === undefined || to < from)
      const more = isShorter
        ? {
            mark: 'caution' as const,
            note: 'objects that are older are deleted, at the latest two days after the deployment',
          }
        : {}
      return { ...changeOf('to.retentionDays', from, to, { unit: 'days', ...more }), what: id.replaceAll('-', ' ') }
    })
}

function otherResources(ids: string[], before: Resources, after: Resources): Change[] {
  const added = ids.filter(id => !before.has(id)).length
  const removed = ids.filter(id => !after.has(id)).length
  const changed = ids.filter(id => {
    const [first, second] = [before.get(id), after.get(id)]
    return first && second && !isSame(withoutCode(first), withoutCode(second))
  }).length
  const parts = Object.entries({ added, changed, removed }).filter(([, count]) => count > 0)
  if (parts.length === 0) return []
  const count = added + changed + removed
  return [
    {
      mark: 'change',
      what: `${count} other ${count === 1 ? 'resource' : 'resources'} of the service`,
      note: parts.map(([what, count]) => `${count} ${what}`).join(', '),
    },
  ]
}

/** Each deployment puts code elsewhere. */
function withoutCode({ Properties = {}, ...resource }: DeployedResource): DeployedResource {
  const { Code: _, ...others } = Properties
  return resource.Type === 'AWS::Lambda::Function' ? { ...resource, Properties: others } : { ...resource, Properties }
}

/** A line for the functions whose code differs; functions of one kind share their code. */
export function codeChanges(
  template: DeployedTemplate,
  { deployed, declared }: CodeDigests,
  fileOf: (id: string) => string | undefined,
): Change[] {
  const changed = Object.entries(template.Resources).filter(([, { Type, Properties }]) => {
    if (Type !== 'AWS::Lambda::Function') return false
    const name = String(Properties?.FunctionName)
    const [before, after] = [deployed.get(name), declared.get(name)]
    return before !== undefined && after !== undefined && before !== after
  })
  if (changed.length === 0) return []
  const files = [...new Set(changed.map(([id]) => fileOf(id) ?? 'the service'))].toSorted()
  const count = changed.length
  return [
    { mark: 'change', what: `code of ${files.join(', ')}`, note: `${count} ${count === 1 ? 'function' : 'functions'}` },
  ]
}
