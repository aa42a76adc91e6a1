import { generate } from 'selfsigned'

/** A certificate and its private key (PKCS#8), both PEM. */
export interface Certificate {
  cert: string
  key: string
}

/** The certificates for TLS between a broker and its clients. */
export interface Certificates {
  authority: Certificate
  broker: Certificate
  client: Certificate
}

/** Creates a certificate authority, and a broker's and a client's certificate signed by it. */
export async function createCertificates(): Promise<Certificates> {
  const authority = await sign('local certificate authority', [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ])
  const [broker, client] = await Promise.all([
    sign('localhost', brokerExtensions, authority),
    sign('client', [{ name: 'extKeyUsage', clientAuth: true }], authority),
  ])
  return { authority, broker, client }
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>

const brokerExtensions: Extensions = [
  { name: 'extKeyUsage', serverAuth: true },
  {
    name: 'subjectAltName',
    altNames: [
      { type: 2, value: 'localhost' },
      { type: 7, ip: '127.0.0.1' },
    ],
  },
]

async function sign(commonName: string, extensions: Extensions, ca?: Certificate): Promise<Certificate> {
  const attributes = [{ name: 'commonName', value: commonName }]
  const signed = await generate(attributes, { keyType: 'ec', algorithm: 'sha256', extensions, ca })
  return { cert: signed.cert, key: signed.private }
}
