"""moto's server, which knows event source mappings of queues and streams only, taught those of Kafka."""

import sys

from moto.awslambda import models
from moto.awslambda_simple.models import LambdaSimpleBackend
from moto.core.config import default_user_config
from moto.server import main

# Functions don't run: an invocation is answered with what a test has put aside, or with its own payload.
default_user_config["lambda"]["use_docker"] = False

# What Lambda has for both kinds of Kafka. Source: AWS Lambda API, CreateEventSourceMapping.
DEFAULT_BATCH_SIZE = 100
LARGEST_BATCH = 10_000

Mapping = models.EventSourceMapping
Backend = models.LambdaBackend
create_other = Backend.create_event_source_mapping
answer = LambdaSimpleBackend.invoke


class KafkaMapping(Mapping):
    """moto derives limits from the source's ARN, which a self-managed cluster does not have."""

    # moto files classes under the service that their module is named after.
    __module__ = Mapping.__module__

    event_source_arn = property(lambda self: self._source, lambda self, arn: setattr(self, "_source", arn))

    @property
    def batch_size(self):
        return self._batch_size

    @batch_size.setter
    def batch_size(self, size):
        size = DEFAULT_BATCH_SIZE if size is None else int(size)
        if size > LARGEST_BATCH:
            raise ValueError("InvalidParameterValueException", f"BatchSize {size} exceeds {LARGEST_BATCH}")
        self._batch_size = size


def refuse_second_mapping(backend, spec, function_arn):
    """One mapping for each function, source, topic and group, as on Lambda."""
    for mapping in backend._event_source_mappings.values():
        if mapping.function_arn == function_arn and mapping.topics == spec["Topics"]:
            raise models.RESTError("ResourceConflictException", f"The mapping {mapping.uuid} exists already.")


def create(backend, spec):
    if not spec.get("Topics"):
        return create_other(backend, spec)
    function = backend._lambdas.get_function_by_name_or_arn_with_qualifier(spec["FunctionName"])
    refuse_second_mapping(backend, spec, function.function_arn)
    tags = spec.get("Tags") or {}
    if isinstance(tags, list):
        tags = {tag["Key"]: tag["Value"] for tag in tags}
    mapping = KafkaMapping(
        {
            "EventSourceArn": None,
            **spec,
            "Tags": tags,
            "RegionName": backend.region_name,
            "AccountId": backend.account_id,
            "FunctionArn": function.function_arn,
        }
    )
    backend._event_source_mappings[mapping.uuid] = mapping
    return mapping


def list_mappings(backend, event_source_arn, function_name):
    """Functions are asked for by name, and declared by ARN."""
    mappings = list(backend._event_source_mappings.values())
    if event_source_arn:
        mappings = [mapping for mapping in mappings if mapping.event_source_arn == event_source_arn]
    if function_name:
        function = backend._lambdas.get_function_by_name_or_arn_with_qualifier(function_name)
        mappings = [mapping for mapping in mappings if mapping.function_arn == function.function_arn]
    return mappings


def delete_with_stack(cls, resource_name, _, account_id, region_name):
    models.get_backend(account_id, region_name).delete_event_source_mapping(resource_name)


def invoke(backend, function_name, qualifier, *others):
    """Only a function that is there answers."""
    backend._lambdas.get_function_by_name_or_arn_with_qualifier(function_name, qualifier)
    return answer(backend, function_name, qualifier, *others)


LambdaSimpleBackend.invoke = invoke
Backend.create_event_source_mapping = create
Backend.list_event_source_mappings = list_mappings
Mapping.delete_from_cloudformation_json = classmethod(delete_with_stack)

if __name__ == "__main__":
    main(sys.argv[1:])
