export default async function stopStack() {
  const { testServers } = globalThis as unknown as { testServers: { stop(): Promise<void> }[] }
  await Promise.all(testServers.map(server => server.stop()))
}
