/** How AWS's clients reach what was deployed. */
export interface ClientConfig {
  region?: string
  credentials?: { accessKeyId: string; secretAccessKey: string }
  endpoint?: string
}
