import { projects, settings } from '../../jest.config.js'

/** A step of its own: the first time, Lambda's runtime client is compiled for a minute. */
export default { ...settings, ...projects.runtime, rootDir: '../..', testTimeout: 60_000 }
