import { randomUUID } from 'node:crypto'

/** The same for all workers of a run, which inherit it. */
process.env.TEST_RUN ??= randomUUID()

/** Tests are ES modules like the sources; swc only strips their types. */
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  setupFiles: ['<rootDir>/test/support/compile-cache.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/buffer-equality.ts'],
  // `dist` has a package.json of the same name as deploy/azure once `npm run bundle` has run, and Jest warns of two.
  modulePathIgnorePatterns: [
    '<rootDir>/.cache',
    '<rootDir>/.esbuild',
    '<rootDir>/.serverless',
    '<rootDir>/dist',
    '<rootDir>/build',
    '<rootDir>/.build-',
  ],
}

/** Test files that share two brokers and a store. */
const servers = {
  globalSetup: '<rootDir>/test/support/start-stack.ts',
  globalTeardown: '<rootDir>/test/support/stop-stack.ts',
}

const project = displayName => ({ ...shared, displayName, testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`] })

export const projects = {
  unit: project('unit'),
  integration: { ...project('integration'), ...servers },
  deploy: project('deploy'),
  browser: {
    ...project('browser'),
    globalSetup: '<rootDir>/test/support/console/start.ts',
    globalTeardown: '<rootDir>/test/support/console/stop.ts',
  },
  nightly: { ...project('nightly'), ...servers },
  runtime: project('runtime'),
}

export const settings = {
  testTimeout: 300_000,
  // Most tests wait for servers rather than compute. More workers would need more brokers than these two.
  maxWorkers: 2,
  // Modules of earlier files stay in a worker's memory: Node.js keeps those that `vm` has loaded.
  workerIdleMemoryLimit: '1.5GB',
  reporters: ['default', '<rootDir>/test/support/stuck-files.js'],
  testSequencer: '<rootDir>/test/support/longest-first.js',
}

export default { ...settings, projects: [projects.unit, projects.integration, projects.deploy] }
