import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { watch } from 'chokidar'
import type { Service } from './service.ts'

/** An editor writes in several steps, and a checkout changes many files. This long, in milliseconds, nothing must change. */
const QUIET_MS = 200

/** `${file(<path>)…}` of the framework: the path, in which variables may be. */
const FILE_REFERENCE = /\$\{file\(((?:\$\{[^}]*\}|[^)$])+)\)/g
const VARIABLE = /\$\{env:(\w+)(?:, *'([^']*)')?\}/g

/** The files that a service is made of: its own, and those that they name, read as they are now. */
export function filesOf({ folder, config, environment }: Service): string[] {
  const files = new Set<string>()
  const add = (file: string) => {
    if (files.has(file)) return
    files.add(file)
    if (!existsSync(file)) return
    for (const [, named = ''] of readFileSync(file, 'utf8').matchAll(FILE_REFERENCE)) {
      const known = { ...process.env, ...environment }
      const path = named.trim().replace(VARIABLE, (_, name, otherwise = '') => known[name] || otherwise)
      // A path with another variable is known to the framework only.
      if (!path.includes('${')) add(resolve(folder, path))
    }
  }
  add(join(folder, config))
  return Array.from(files)
}

/** Watches the files of a service. */
export interface WatchedFiles {
  /**
   * Waits until the content of a file is another one than at the last call, or than when the watching began, and until nothing
   * changes any more.
   *
   * @returns the files that changed, those of the service's folder as paths within it
   */
  changed(): Promise<string[]>
  close(): Promise<void>
}

/**
 * Watches the folders of the files rather than the files: an editor that replaces a file by renaming another one leaves the old
 * one's watcher with nothing.
 */
export async function watchFiles(service: Service): Promise<WatchedFiles> {
  let known = contentsOf(filesOf(service))
  let wake: () => void = () => {}
  const folders = () => [...new Set(Array.from(known.keys(), dirname))]
  const watcher = watch(folders(), {
    depth: 0,
    ignoreInitial: true,
    ignored: (path: string) => !known.has(path) && !folders().includes(path),
  })
  watcher.on('all', () => wake())
  await new Promise<void>(resolve => void watcher.once('ready', resolve))
  return {
    async changed() {
      for (;;) {
        const now = contentsOf(filesOf(service))
        const changed = differences(known, now)
        if (changed.length > 0) {
          await sleep(QUIET_MS)
          if (differences(now, contentsOf(filesOf(service))).length > 0) continue
          known = now
          watcher.add(folders())
          return changed.map(file => shownPath(service.folder, file))
        }
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
    close: () => watcher.close(),
  }
}

/** In place of a digest. */
const MISSING = ''

/** A digest of each file's content. */
function contentsOf(files: string[]): Map<string, string> {
  return new Map(
    files.map(file => {
      const isThere = existsSync(file)
      return [file, isThere ? createHash('sha256').update(readFileSync(file)).digest('hex') : MISSING]
    }),
  )
}

/** A path within the service's folder; the whole one of a file that is elsewhere. */
function shownPath(folder: string, file: string): string {
  const path = relative(folder, file)
  return path.startsWith('..') ? file : path
}

function differences(before: Map<string, string>, now: Map<string, string>): string[] {
  const all = [...new Set([...before.keys(), ...now.keys()])]
  return all.filter(file => (before.get(file) ?? MISSING) !== (now.get(file) ?? MISSING))
}
