import { rm } from 'node:fs/promises'

export default async function stopStack() {
  const { testStack } = globalThis as unknown as {
    testStack: { file: string; servers: { stop(): Promise<void> }[] }
  }
  await Promise.all([rm(testStack.file, { force: true }), ...testStack.servers.map(server => server.stop())])
}
