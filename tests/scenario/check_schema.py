"""Checks scenarios against the JSON Schema: check_schema.py SCHEMA FILE... Prints what is wrong; exit status 1 if anything is.

With --broken, the other way round: prints the files that the schema accepts.
"""

import json
import sys

import jsonschema
import yaml


def main() -> int:
    arguments = [a for a in sys.argv[1:] if a != "--broken"]
    with open(arguments[0]) as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failed = False
    for path in arguments[1:]:
        with open(path, encoding="utf-8") as file:
            errors = list(validator.iter_errors(yaml.safe_load(file)))
        if "--broken" in sys.argv:
            if not errors:
                print(f"{path}: accepted")
                failed = True
        for error in errors if "--broken" not in sys.argv else []:
            print(f"{path}: {'.'.join(map(str, error.path))}: {error.message[:200]}")
            failed = True
    return 1 if failed else 0


sys.exit(main())
