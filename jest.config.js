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
  modulePathIgnorePatterns: ['<rootDir>/.cache', '<rootDir>/.esbuild', '<rootDir>/.serverless', '<rootDir>/dist'],
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
  nightly: { ...project('nightly'), ...servers },
  runtime: project('runtime'),
}

export const settings = {
  testTimeout: 300_000,
  // Most tests wait for servers rather than compute. More workers would need more brokers than these two.
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/support/longest-first.js',
}

export default { ...settings, projects: [projects.unit, projects.integration, projects.deploy] }
