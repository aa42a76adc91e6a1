import type { DeployedTemplate } from '../../stack/stack.ts'

/** A service as the framework has packaged it. */
export interface PackagedService {
  stackName: string
  region: string
  template: DeployedTemplate
  /** The folder with the functions' archives. */
  folder: string
}
