import kafkajs from 'kafkajs'

/** Ignores pause and seek while kafkajs restarts: it then starts from scratch, as its caller does in `onAssigned`. */
export function whileRunning(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error
  }
}
