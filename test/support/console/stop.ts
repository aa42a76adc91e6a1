import type { ShownService } from './shown-service.ts'

export default async function stop() {
  await (globalThis as unknown as { testConsole?: ShownService }).testConsole?.stop()
}
