interface AccessKey {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/** How AWS's clients reach what was deployed. */
export interface ClientConfig {
  region?: string
  credentials?: AccessKey | (() => Promise<AccessKey>)
  endpoint?: string
}
