declare global {
  namespace jest {
    interface Expect {
      /** Missing from `@types/jest`. Source: Jest, "expect.addEqualityTesters(testers)". */
      addEqualityTesters(testers: ((a: unknown, b: unknown) => boolean | undefined)[]): void
    }
  }
}

/** Jest compares buffers byte by byte in JavaScript, which takes minutes where values are megabytes. */
expect.addEqualityTesters([(a, b) => (Buffer.isBuffer(a) && Buffer.isBuffer(b) ? a.equals(b) : undefined)])

export {}
