import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import fc from 'fast-check'
import { repairPem } from '../../lib/pem.ts'
import { createCertificates } from '../../local/certificates.ts'

const { authority, client } = await createCertificates()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const passphrase = 'the password'
const encrypted = { cipher: 'aes-256-cbc', passphrase } as const
const text = (exported: string | Buffer) => exported.toString()

const texts = {
  'a certificate': client.cert,
  'a bundle of certificates': `# Root\n${authority.cert}\nsubject=/CN=client\n${client.cert}\n`,
  'a key of PKCS #8': client.key,
  'a key of PKCS #1': text(rsa.export({ type: 'pkcs1', format: 'pem' })),
  'a key of SEC 1': text(ec.export({ type: 'sec1', format: 'pem' })),
  'an encrypted key': text(rsa.export({ type: 'pkcs8', format: 'pem', ...encrypted })),
  'an encrypted key of OpenSSL’s older form': text(rsa.export({ type: 'pkcs1', format: 'pem', ...encrypted })),
}

const damages: Record<string, (pem: string) => string> = {
  'as it is': pem => pem,
  'with line breaks of Windows': pem => pem.replaceAll('\n', '\r\n'),
  'with \\n': pem => pem.replaceAll('\n', '\\n'),
  'with \\\\r\\\\n': pem => pem.replaceAll('\n', '\\\\r\\\\n'),
  'with spaces instead of line breaks': pem => pem.replaceAll('\n', ' '),
  'indented, in quotation marks': pem => `"${pem.replaceAll('\n', '\n    ')}"`,
}

/** What TLS makes of PEM text. */
const meaningOf = (pem: string) =>
  pem.includes('CERTIFICATE')
    ? pem
        .split(/(?=-----BEGIN)/)
        .flatMap(part => (part.startsWith('-----BEGIN') ? [new X509Certificate(part).fingerprint] : []))
    : text(createPrivateKey({ key: pem, passphrase }).export({ type: 'pkcs8', format: 'pem' }))

// Variables, templates and forms of platforms keep one line. TLS then failed at each attempt, with a message about the network.
describe.each(Object.entries(texts))('%s', (name, pem) => {
  test.each(Object.keys(damages))('%s means the same', damage => {
    const repaired = repairPem(damages[damage]?.(pem) ?? '') ?? ''
    expect(meaningOf(repaired)).toEqual(meaningOf(pem))
    createSecureContext(name.includes('certificate') ? { ca: repaired } : { key: repaired, passphrase })
  })

  test('that was cut off anywhere is refused', () => {
    const whole = pem.trimEnd()
    const end = whole.lastIndexOf('-----BEGIN')
    fc.assert(
      fc.property(fc.integer({ min: end + '-----BEGIN'.length, max: whole.length - 1 }), length => {
        expect(repairPem(whole.slice(0, length))).toBeUndefined()
      }),
    )
  })
})

test.each(['a certificate', 'a key of PKCS #1', 'an encrypted key'] as const)(
  '%s without any white space is restored',
  name => {
    expect(meaningOf(repairPem(texts[name].replaceAll(/\s/g, '')) ?? '')).toEqual(meaningOf(texts[name]))
  },
)

test('what is missing in the middle is refused', () => {
  const { cert } = client
  for (const gap of [1, 4, 64]) expect(repairPem(cert.slice(0, 300) + cert.slice(300 + gap))).toBeUndefined()
})

// OpenSSL writes the curve's name in front of such a key.
test('the name of a curve in front of its key is kept', () => {
  const curve = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
  const pem = curve + texts['a key of SEC 1']
  expect(repairPem(pem.replaceAll('\n', ' '))).toBe(pem)
})

test.each([
  '',
  'MAA=',
  '-----BEGIN CERTIFICATE----------END CERTIFICATE-----',
  '-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----',
  // An integer, and a sequence whose length isn't said: both are complete, and neither can be a certificate.
  '-----BEGIN CERTIFICATE-----\nAgEF\n-----END CERTIFICATE-----',
  `-----BEGIN CERTIFICATE-----\n${Buffer.from([0x30, 0x80]).toString('base64')}\n-----END CERTIFICATE-----`,
  '-----BEGIN CERTIFICATE-----\nBgEF\n-----END CERTIFICATE-----',
])('%j is no PEM', given => {
  expect(repairPem(given)).toBeUndefined()
})
