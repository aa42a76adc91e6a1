import type { ComponentType } from 'preact'
import type { Route } from './route.ts'

/** A screen of the console. */
export interface Screen {
  title: string
  /** Which connectors have it; absent: it is about all of them. */
  of?: 'all' | 'dump' | 'replicate'
  /** Loads its component when it is first shown. */
  load(): Promise<ComponentType<{ route: Route }>>
}

/** Every screen, in the order of the menu. */
export const screens = {
  connectors: { title: 'Connectors', load: async () => (await import('./screens/connectors.ts')).Connectors },
  connector: { title: 'Overview', of: 'all', load: async () => (await import('./screens/connector.ts')).Connector },
  records: { title: 'Records', of: 'all', load: async () => (await import('./screens/records.ts')).Records },
  objects: { title: 'Objects', of: 'dump', load: async () => (await import('./screens/objects.ts')).Objects },
  failed: { title: 'Failed', of: 'all', load: async () => (await import('./screens/failed.ts')).Failed },
  restore: { title: 'Restore', of: 'dump', load: async () => (await import('./screens/restore.ts')).Restore },
  replication: {
    title: 'Replication',
    of: 'replicate',
    load: async () => (await import('./screens/replication.ts')).Replication,
  },
} satisfies Record<string, Screen>

export type ScreenName = keyof typeof screens
