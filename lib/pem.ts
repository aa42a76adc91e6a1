/**
 * A section of PEM text: its label, the headers of an encrypted key of OpenSSL's older form, and base64.
 * Source: RFC 7468, sections 2 and 3; RFC 1421, section 4.6, for the headers.
 */
const SECTION = /-----BEGIN\s*([A-Z0-9 ]+?)\s*-----(.*?)-----END\s*([A-Z0-9 ]+?)\s*-----/gs
const HEADERS = /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]+,[0-9A-F]+)\s+/i

/** The labels that have spaces. Text that lost all of its spaces still tells them apart. */
const labels = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'EC PARAMETERS']
const labelOf = new Map(labels.map(label => [label.replaceAll(' ', ''), label]))

/** Characters of base64 per line. Source: RFC 7468, section 2. */
const LINE = 64

/**
 * Restores PEM text that went through a variable, a template or a form that keeps one line: its line breaks may be written as
 * `\n`, be spaces, or be gone. Text outside of sections is left out, as TLS libraries do.
 *
 * @returns undefined if it has no section, or one that is cut off or damaged
 */
export function repairPem(text: string): string | undefined {
  const broken = text.replaceAll(/\\+r\\+n|\\+[rn]/g, '\n')
  const sections = Array.from(broken.matchAll(SECTION), ([, begin = '', content = '', end]) =>
    begin === end ? repairSection(begin, content) : undefined,
  )
  const isWhole = sections.length > 0 && sections.length === broken.split('-----BEGIN').length - 1
  return isWhole && sections.every(section => section !== undefined) ? sections.join('') : undefined
}

function repairSection(written: string, content: string): string | undefined {
  const label = labelOf.get(written.replaceAll(' ', '')) ?? written
  const [headers = '', encryption] = HEADERS.exec(content) ?? []
  const base64 = content.slice(headers.length).replaceAll(/\s/g, '')
  if (!isBase64(base64)) return undefined
  // What such a header announces is encrypted as a whole.
  if (!encryption && !isWholeElement(Buffer.from(base64, 'base64'), label)) return undefined
  return [
    `-----BEGIN ${label}-----`,
    ...(encryption ? ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${encryption}`, ''] : []),
    ...(base64.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []),
    `-----END ${label}-----`,
    '',
  ].join('\n')
}

function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
}

/** Tags of DER. Source: ITU-T X.690, sections 8.9.1 and 8.19.1; ITU-T X.680, section 8.6. */
const SEQUENCE = 0x30
const OBJECT_IDENTIFIER = 0x06

/** The length of an element that ends with a mark. DER doesn't have it. Source: ITU-T X.690, section 10.1. */
const INDEFINITE_LENGTH = 0x80

/**
 * Whether bytes are one element of DER from begin to end, and of the type that all certificates and keys have. Parameters of
 * an elliptic curve may be its name alone (RFC 5480, section 2.1.1). Source: ITU-T X.690, section 8.1.3.
 */
function isWholeElement(der: Buffer, label: string): boolean {
  const [tag, first = 0] = der
  if (tag !== SEQUENCE && !(tag === OBJECT_IDENTIFIER && label === 'EC PARAMETERS')) return false
  if (first === INDEFINITE_LENGTH) return false
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (lengthBytes > 4 || der.length < 2 + lengthBytes) return false
  const length = lengthBytes === 0 ? first : der.readUIntBE(2, lengthBytes)
  return der.length === 2 + lengthBytes + length
}
