import { type AnsweringServer, type ReceivedRequest, startAnsweringServer } from './answering-server.ts'
import { signedFor } from './permissions/asked.ts'

/**
 * Refuses each request with a 403. The answer repeats what was signed, the session's token among it, as AWS does where a signature is
 * wrong. Source: Amazon S3 API Reference, "Error responses", `SignatureDoesNotMatch`; AWS IAM User Guide, "Troubleshoot AWS API
 * requests signed with Signature Version 4".
 */
export function startRefusingAws(): Promise<AnsweringServer> {
  return startAnsweringServer(request => {
    const refusal = 'The request signature we calculated does not match the signature you provided.'
    if (signedFor({ ...request, headers: request.headers as Record<string, string> }).service === 's3') {
      const inner = `<Code>SignatureDoesNotMatch</Code><Message>${refusal}</Message><CanonicalRequest>${escaped(canonicalOf(request))}</CanonicalRequest>`
      return { status: 403, headers: { 'content-type': 'application/xml' }, body: `<Error>${inner}</Error>` }
    }
    const type = 'InvalidSignatureException'
    const message = `${refusal}\n\nThe Canonical String for this request should have been\n'${canonicalOf(request)}'`
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': type }
    return { status: 403, headers, body: JSON.stringify({ __type: type, message }) }
  })
}

/** What is signed of a request. Source: AWS IAM User Guide, "Create a signed AWS API request". */
function canonicalOf({ method, url, headers }: ReceivedRequest): string {
  const [, names = ''] = /SignedHeaders=([^,]+)/.exec(String(headers.authorization)) ?? []
  const signed = names.split(';').map(name => `${name}:${headers[name]}`)
  return [method, url, ...signed].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
