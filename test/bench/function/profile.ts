import { existsSync, readFileSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { SourceMap, type SourceMapping } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type StepName, stepOf } from './profile-step.ts'

/** Where the main thread's time has gone. */
export interface Profile {
  /** Shares of the main thread's busy time, 0 to 1. */
  steps: Partial<Record<StepName, number>>
  /** The functions that take most time themselves, without what they call: `name (file:line)`, and the share. */
  functions: [name: string, share: number][]
}

/** A function as it is written in the sources, before it was bundled. */
export interface Frame {
  name: string
  /** From the project's folder, or the name of a package and the file in it, or `node:…`; empty for native code. */
  file: string
  /** From 1; 0 where it isn't known. */
  line: number
}

const MOST_FUNCTIONS = 15

/**
 * Sorts the samples of a profile by step and by function. A sample counts as one, whatever the time since the sample before: that
 * depends on what else the machine does.
 */
export function sortedProfile({ nodes, samples = [] }: Profiler.Profile): Profile {
  const byId = new Map(nodes.map(node => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map(child => [child, id] as const)))
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, sourceFrame(callFrame)]))
  const stackOf = (id: number): Frame[] => {
    const stack: Frame[] = []
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) stack.push(frames.get(at) as Frame)
    return stack
  }
  const known = new Map(Array.from(byId.keys(), id => [id, placeOf(stackOf(id))]))
  const steps = new Map<StepName, number>()
  const functions = new Map<string, number>()
  let busy = 0
  for (const id of samples) {
    const { step, name } = known.get(id) as Place
    if (!step) continue
    busy += 1
    steps.set(step, (steps.get(step) ?? 0) + 1)
    functions.set(name, (functions.get(name) ?? 0) + 1)
  }
  const shares = <Name>(counts: Map<Name, number>) =>
    Array.from(counts, ([name, count]) => [name, count / busy] as [Name, number]).toSorted(([, a], [, b]) => b - a)
  return { steps: Object.fromEntries(shares(steps)), functions: shares(functions).slice(0, MOST_FUNCTIONS) }
}

interface Place {
  /** Undefined for what isn't the function's own time. */
  step: StepName | undefined
  name: string
}

function placeOf(stack: Frame[]): Place {
  const [own, caller] = stack as [Frame, Frame?]
  const where = own.line > 0 ? `${own.file}:${own.line}` : own.file
  const native = caller && caller.name !== '(root)' ? `native, from ${caller.name} in ${caller.file}` : ''
  const place = where || native
  return { step: stepOf(stack), name: `${own.name || 'unnamed'}${place && ` (${place})`}` }
}

const maps = new Map<string, SourceMap | undefined>()

function sourceFrame({ functionName, url, lineNumber, columnNumber }: Profiler.ProfileNode['callFrame']): Frame {
  const entry = mapOf(url)?.findEntry(lineNumber, columnNumber)
  if (!entry || !('originalSource' in entry)) return { name: functionName, file: url, line: 0 }
  const { originalSource, originalLine, name } = entry as SourceMapping & { name?: string }
  return { name: name ?? functionName, file: sourceFile(originalSource), line: originalLine + 1 }
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** @param source as a bundle's map names it: a path that leads up from the bundle, and down to the file */
function sourceFile(source: string): string {
  const inPackage = /^.*node_modules\/(.+)$/.exec(source)
  return inPackage?.[1] ?? `/${source.replace(/^(\.\.\/)+/, '')}`.replace(root, '')
}

function mapOf(url: string): SourceMap | undefined {
  if (maps.has(url)) return maps.get(url)
  const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : undefined
  const map = file && existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined
  maps.set(url, map)
  return map
}
