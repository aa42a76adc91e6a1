/**
 * Variables: source cluster.
 *
 * @public
 */
export interface SourceKafkaVariables {
  /**
   * Brokers as host:port, separated by commas.
   */
  SOURCE_KAFKA_BROKERS?: string
  /**
   * How to connect to the brokers, in Kafka’s own terms.
   *
   * Default: `PLAINTEXT`.
   */
  SOURCE_KAFKA_SECURITY_PROTOCOL?: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SASL_SSL' | 'SSL'
  /**
   * How to log in, with SASL_PLAINTEXT or SASL_SSL. AWS_MSK_IAM logs in as the function’s role, with SASL_SSL
   * only.
   */
  SOURCE_KAFKA_SASL_MECHANISM?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'AWS_MSK_IAM'
  /**
   * User for SASL, except AWS_MSK_IAM.
   */
  SOURCE_KAFKA_USERNAME?: string
  /**
   * Where SOURCE_KAFKA_USERNAME is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of
   * a field of its JSON.
   */
  SOURCE_KAFKA_USERNAME_SECRET_ARN?: string
  /**
   * Where SOURCE_KAFKA_USERNAME is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  SOURCE_KAFKA_USERNAME_PARAMETER?: string
  /**
   * Password for SASL, except AWS_MSK_IAM.
   */
  SOURCE_KAFKA_PASSWORD?: string
  /**
   * Where SOURCE_KAFKA_PASSWORD is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of
   * a field of its JSON.
   */
  SOURCE_KAFKA_PASSWORD_SECRET_ARN?: string
  /**
   * Where SOURCE_KAFKA_PASSWORD is kept: the name or ARN of a parameter in Parameter Store, optionally with # and
   * the name of a field of its JSON.
   */
  SOURCE_KAFKA_PASSWORD_PARAMETER?: string
  /**
   * PEM of the authority that signed the brokers’ certificates. Not set: public authorities.
   */
  SOURCE_KAFKA_CA?: string
  /**
   * Where SOURCE_KAFKA_CA is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  SOURCE_KAFKA_CA_SECRET_ARN?: string
  /**
   * Where SOURCE_KAFKA_CA is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  SOURCE_KAFKA_CA_PARAMETER?: string
  /**
   * PEM of the client’s certificate, for mutual TLS.
   */
  SOURCE_KAFKA_CERT?: string
  /**
   * Where SOURCE_KAFKA_CERT is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  SOURCE_KAFKA_CERT_SECRET_ARN?: string
  /**
   * Where SOURCE_KAFKA_CERT is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  SOURCE_KAFKA_CERT_PARAMETER?: string
  /**
   * PEM of the client certificate’s private key.
   */
  SOURCE_KAFKA_KEY?: string
  /**
   * Where SOURCE_KAFKA_KEY is kept: the ARN of a secret in Secrets Manager, optionally with # and the name of a
   * field of its JSON.
   */
  SOURCE_KAFKA_KEY_SECRET_ARN?: string
  /**
   * Where SOURCE_KAFKA_KEY is kept: the name or ARN of a parameter in Parameter Store, optionally with # and the
   * name of a field of its JSON.
   */
  SOURCE_KAFKA_KEY_PARAMETER?: string
  /**
   * Password of that private key, if it is encrypted.
   */
  SOURCE_KAFKA_KEY_PASSWORD?: string
  /**
   * Where SOURCE_KAFKA_KEY_PASSWORD is kept: the ARN of a secret in Secrets Manager, optionally with # and the
   * name of a field of its JSON.
   */
  SOURCE_KAFKA_KEY_PASSWORD_SECRET_ARN?: string
  /**
   * Where SOURCE_KAFKA_KEY_PASSWORD is kept: the name or ARN of a parameter in Parameter Store, optionally with #
   * and the name of a field of its JSON.
   */
  SOURCE_KAFKA_KEY_PASSWORD_PARAMETER?: string
}
