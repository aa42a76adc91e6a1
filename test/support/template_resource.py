"""Prints a resource of a CloudFormation template, its intrinsic functions evaluated by moto: a line of JSON for each of the
lists of parameters.

    template_resource.py TEMPLATE RESOURCE PARAMETERS-AS-JSON...
"""

import copy
import json
import sys

import yaml
from moto.cloudformation.parsing import ResourceMap, clean_json
from moto.cloudformation.utils import yaml_tag_constructor

yaml.add_multi_constructor("", yaml_tag_constructor, Loader=yaml.SafeLoader)

_, file, resource, *lists = sys.argv
with open(file) as text:
    source = yaml.safe_load(text)
for number, parameters in enumerate(lists):
    # moto puts what it has evaluated in the place of the functions, and makes the resources that this one refers to.
    template = copy.deepcopy(source)
    name = f"stack-{number}"
    stack = f"arn:aws:cloudformation:eu-central-1:123456789012:stack/{name}/1"
    resources = ResourceMap(stack, name, json.loads(parameters), {}, "eu-central-1", "123456789012", template, {})
    resources.load_parameters()
    resources.load_conditions()
    print(json.dumps(clean_json(template["Resources"][resource], resources)))
