# FunctionGraph on Open Telekom Cloud: docs/platforms/functiongraph.md. On Huawei Cloud the same resources are called
# huaweicloud_fgs_function, huaweicloud_fgs_function_trigger and huaweicloud_fgs_async_invoke_configuration.
terraform {
  required_providers {
    opentelekomcloud = {
      source = "opentelekomcloud/opentelekomcloud"
    }
  }
}

variable "image" {
  description = "The container's image in SWR."
  type        = string
}

variable "agency" {
  description = "Agency that lets FunctionGraph pull images, and reach the VPC of the Kafka instance."
  type        = string
}

variable "kafka_instance_id" { type = string }

variable "kafka_topic_id" { type = string }

variable "kafka_user" { type = string }

variable "kafka_password" {
  type      = string
  sensitive = true
}

variable "vpc_id" { type = string }

variable "subnet_id" { type = string }

variable "bucket" { type = string }

variable "access_key" {
  type      = string
  sensitive = true
}

variable "secret_key" {
  type      = string
  sensitive = true
}

resource "opentelekomcloud_fgs_function_v2" "dump" {
  name        = "kafka-dump"
  app         = "default"
  agency      = var.agency
  description = "Writes the messages of a Kafka event as one object of the bucket"
  handler     = "-"
  code_type   = "Custom-Image-Swr"
  runtime     = "Custom Image"
  memory_size = 512
  timeout     = 60
  vpc_id      = var.vpc_id
  network_id  = var.subnet_id

  custom_image {
    url = var.image
  }

  user_data = jsonencode({
    PORT            = "8000"
    FUNCTION        = "dump"
    TIMEOUT_SECONDS = "60"
    S3_BUCKET       = var.bucket
    S3_REGION       = "eu-de"
    S3_ENDPOINT     = "https://obs.eu-de.otc.t-systems.com"
  })

  encrypted_user_data = jsonencode({
    S3_ACCESS_KEY_ID     = var.access_key
    S3_SECRET_ACCESS_KEY = var.secret_key
  })
}

resource "opentelekomcloud_fgs_trigger_v2" "orders" {
  function_urn = opentelekomcloud_fgs_function_v2.dump.urn
  type         = "KAFKA"
  status       = "ACTIVE"
  event_data = jsonencode({
    instance_id      = var.kafka_instance_id
    topic_ids        = [var.kafka_topic_id]
    batch_size       = 100
    kafka_user       = var.kafka_user
    kafka_password   = var.kafka_password
    kafka_ssl_enable = true
  })
}

# FunctionGraph does not retry by default.
resource "opentelekomcloud_fgs_async_invoke_config_v2" "dump" {
  function_urn                   = opentelekomcloud_fgs_function_v2.dump.urn
  max_async_event_age_in_seconds = 86400
  max_async_retry_attempts       = 8
}
