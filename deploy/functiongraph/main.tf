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
  description = "Agency that lets FunctionGraph pull images, reach the VPC of the Kafka instance, and write to failures_bucket."
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

variable "failures_bucket" {
  description = "Bucket for the events that still fail after the retries. The agency may write to it."
  type        = string
}

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
    # Only an error is repeated, and kept in failures_bucket. Under the default, log, events are lost while the store is away.
    FAILURE_POLICY      = "fail"
    S3_BUCKET           = var.bucket
    S3_REGION           = "eu-de"
    S3_ENDPOINT         = "https://obs.eu-de.otc.t-systems.com"
    S3_FORCE_PATH_STYLE = "false"
    S3_CHECKSUM         = "none"
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
    # As many as together stay below 256 KB, the limit of an asynchronous call.
    batch_size       = 100
    kafka_user       = var.kafka_user
    kafka_password   = var.kafka_password
    kafka_ssl_enable = true
  })
}

# FunctionGraph keeps no offset back for a failed event, so these retries are all that there are: at most 3.
resource "opentelekomcloud_fgs_async_invoke_config_v2" "dump" {
  function_urn                   = opentelekomcloud_fgs_function_v2.dump.urn
  max_async_event_age_in_seconds = 86400
  max_async_retry_attempts       = 3

  # What still fails is kept with its payload, so that it can be sent to the function again.
  on_failure {
    destination = "OBS"
    param = jsonencode({
      bucket  = var.failures_bucket
      prefix  = "/kafka-dump"
      expires = 0
    })
  }
}
