/** An event of Lambda, as far as it matters here. */
export interface Event {
  records: Record<string, { [field: string]: unknown; key: string; value: string }[]>
}

/**
 * An event of 10,000 orders and 6 MB, as text.
 *
 * @param note a text of each order that is its own
 * @param partitions among which the orders are
 */
export function lambdaEvent(note: (index: number) => string, partitions = 4): string {
  const groups = Array.from({ length: partitions }, (_, partition) => [`orders-${partition}`, []])
  const records: Event['records'] = Object.fromEntries(groups)
  for (let index = 0; index < 10_000; index++) {
    const partition = index % partitions
    const order = {
      orderId: 100_000 + index,
      customer: { id: `customer-${index % 997}`, name: note(index), country: 'DE' },
      items: [
        { sku: `SKU-${index % 311}`, quantity: (index % 3) + 1, price: 12.5 },
        { sku: `SKU-${index % 173}`, quantity: 1, price: 99.95 },
      ],
      status: 'shipped',
      address: { street: 'Main Street 1', city: 'Berlin', zip: '10115' },
      comment: 'please ring twice, then leave it with the neighbours on the second floor',
    }
    records[`orders-${partition}`]?.push({
      topic: 'orders',
      partition,
      offset: 1_000_000 + Math.floor(index / partitions),
      timestamp: 1_767_225_600_000 + index,
      timestampType: 'CREATE_TIME',
      key: Buffer.from(`customer-${index % 997}`).toString('base64'),
      value: Buffer.from(JSON.stringify(order)).toString('base64'),
      headers: [],
    })
  }
  return JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-central-1:123456789012:cluster/orders/6357e0b2-5',
    records,
  })
}
