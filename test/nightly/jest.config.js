import { projects, settings } from '../../jest.config.js'

/** A step of its own: brokers that restart in turn, an old Kafka, and the benchmarks take several minutes. */
export default { ...settings, ...projects.nightly, rootDir: '../..' }
