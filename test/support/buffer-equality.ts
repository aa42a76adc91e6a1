/** Jest compares buffers byte by byte in JavaScript, which takes minutes where values are megabytes. */
expect.addEqualityTesters([
  (a: unknown, b: unknown) => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : undefined),
])
