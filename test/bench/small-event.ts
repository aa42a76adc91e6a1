/** An event of small records, as Lambda passes it to a function. */
export interface SmallEvent {
  topics: number
  /** Of each topic. */
  partitions: number
  /** Of each partition. */
  records: number
  /** Of the first record of each partition. */
  offset: number
}

/** The event as text. Its topics are `orders-0`, `orders-1` and so on. */
export function smallEvent({ topics, partitions, records, offset }: SmallEvent): string {
  const groups: Record<string, object[]> = {}
  for (let number = 0; number < topics; number++) {
    const topic = `orders-${number}`
    for (let partition = 0; partition < partitions; partition++) {
      groups[`${topic}-${partition}`] = Array.from({ length: records }, (_, index) => ({
        topic,
        partition,
        offset: offset + index,
        timestamp: 1_767_225_600_000 + offset,
        timestampType: 'CREATE_TIME',
        key: Buffer.from(`customer-${offset % 997}`).toString('base64'),
        value: Buffer.from(JSON.stringify({ orderId: offset, status: 'shipped' })).toString('base64'),
        headers: [{ trace: [...Buffer.from(String(offset))] }],
      }))
    }
  }
  return JSON.stringify({ eventSource: 'SelfManagedKafka', records: groups })
}

/** The context of an invocation, as far as a function reads it. */
export function smallContext(functionName: string, invocation: number, timeoutMs: number) {
  const end = Date.now() + timeoutMs
  return {
    functionName,
    functionVersion: '1',
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}`,
    memoryLimitInMB: '1024',
    awsRequestId: `bench-${invocation}`,
    getRemainingTimeInMillis: () => end - Date.now(),
  }
}
