/**
 * Variables: schema registry.
 *
 * @public
 */
export interface SchemaRegistryVariables {
  /**
   * Registry with Confluent’s API, or a registry in AWS Glue, which the function accesses with its role. Several
   * URLs are servers of one registry: when one can’t be reached, or has an error, the next one is asked.
   */
  SCHEMA_REGISTRY_URL?: string
  /**
   * User name or API key.
   */
  SCHEMA_REGISTRY_USERNAME?: string
  /**
   * Where SCHEMA_REGISTRY_USERNAME is kept: the ARN of a secret in Secrets Manager, optionally with # and the name
   * of a field of its JSON.
   */
  SCHEMA_REGISTRY_USERNAME_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_USERNAME is kept: the name or ARN of a parameter in Parameter Store, optionally with #
   * and the name of a field of its JSON.
   */
  SCHEMA_REGISTRY_USERNAME_PARAMETER?: string
  /**
   * Password or the API key’s secret.
   */
  SCHEMA_REGISTRY_PASSWORD?: string
  /**
   * Where SCHEMA_REGISTRY_PASSWORD is kept: the ARN of a secret in Secrets Manager, optionally with # and the name
   * of a field of its JSON.
   */
  SCHEMA_REGISTRY_PASSWORD_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_PASSWORD is kept: the name or ARN of a parameter in Parameter Store, optionally with #
   * and the name of a field of its JSON.
   */
  SCHEMA_REGISTRY_PASSWORD_PARAMETER?: string
  /**
   * Bearer token, in place of a user name and password.
   */
  SCHEMA_REGISTRY_TOKEN?: string
  /**
   * Where SCHEMA_REGISTRY_TOKEN is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of
   * a field of its JSON.
   */
  SCHEMA_REGISTRY_TOKEN_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_TOKEN is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  SCHEMA_REGISTRY_TOKEN_PARAMETER?: string
  /**
   * PEM of the authority that signed the registry’s certificate. Not set: public authorities.
   */
  SCHEMA_REGISTRY_CA?: string
  /**
   * Where SCHEMA_REGISTRY_CA is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  SCHEMA_REGISTRY_CA_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_CA is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  SCHEMA_REGISTRY_CA_PARAMETER?: string
  /**
   * PEM of the client’s certificate, for mutual TLS.
   */
  SCHEMA_REGISTRY_CERT?: string
  /**
   * Where SCHEMA_REGISTRY_CERT is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of
   * a field of its JSON.
   */
  SCHEMA_REGISTRY_CERT_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_CERT is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  SCHEMA_REGISTRY_CERT_PARAMETER?: string
  /**
   * PEM of the client certificate’s private key.
   */
  SCHEMA_REGISTRY_KEY?: string
  /**
   * Where SCHEMA_REGISTRY_KEY is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  SCHEMA_REGISTRY_KEY_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_KEY is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  SCHEMA_REGISTRY_KEY_PARAMETER?: string
  /**
   * Password of that private key, if it is encrypted.
   */
  SCHEMA_REGISTRY_KEY_PASSWORD?: string
  /**
   * Where SCHEMA_REGISTRY_KEY_PASSWORD is kept: the ARN of a secret in Secrets Manager, optionally with # and the
   * name of a field of its JSON.
   */
  SCHEMA_REGISTRY_KEY_PASSWORD_SECRET_ARN?: string
  /**
   * Where SCHEMA_REGISTRY_KEY_PASSWORD is kept: the name or ARN of a parameter in Parameter Store, optionally with
   * # and the name of a field of its JSON.
   */
  SCHEMA_REGISTRY_KEY_PASSWORD_PARAMETER?: string
}
