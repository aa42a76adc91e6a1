const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Whether a text is a GUID in its usual form, in groups of 8, 4, 4, 4 and 12 hexadecimal digits. Source: RFC 9562, "UUID Format". */
export function isGuid(text: string): boolean {
  return GUID.test(text)
}

/** The GUID whose 16 bytes begin at an index. */
export function guidAt(bytes: Buffer, index: number): string {
  return bytes.toString('hex', index, index + 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
