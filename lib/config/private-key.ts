import { createPrivateKey } from 'node:crypto'

/** Whether the password opens a private key, if it is encrypted. TLS reports what is wrong with any other key. */
export function opensKey(key: string, passphrase: string | undefined): boolean {
  if (!key.includes('ENCRYPTED')) return true
  try {
    createPrivateKey({ key, passphrase })
    return true
  } catch {
    return false
  }
}
