/**
 * What AWS says of a request whose signature is wrong, without the request that it quotes as an aid for debugging: the headers contain
 * the session's token. Source: AWS IAM User Guide, "Troubleshoot AWS API requests signed with Signature Version 4".
 */
export function withoutQuotedRequest(message: string): string {
  return message.split(/\s*The Canonical String for this request/, 1)[0] ?? ''
}
