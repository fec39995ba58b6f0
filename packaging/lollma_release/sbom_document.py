"""Turns the parts of a release into a CycloneDX 1.6 document; runs in the tools' environment.

Reads JSON from standard input, as ``sbom.py`` makes it, and writes the document to standard output.
"""

import json
import re
import sys
import uuid
from datetime import UTC, datetime
from typing import Any

from cyclonedx.factory.license import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL


def document(given: dict[str, Any]) -> str:
    """The document; the same for the same parts.

    Args:
        given: ``name``, ``version``, ``commit``, ``time`` (seconds since 1970), ``licence``,
            ``file`` (what the document describes) and ``works``, each as a ``ThirdParty`` with
            the ``sha256`` of the files it was installed from.

    Raises:
        ValueError: If CycloneDX's own schema does not allow what came out.
    """
    app = Component(
        name=given["name"],
        version=given["version"],
        type=ComponentType.APPLICATION,
        bom_ref=given["name"],
        licenses=[LicenseFactory().make_from_string(given["licence"])],
        properties=[Property(name="commit", value=given["commit"])] if given["commit"] else None,
    )
    # Of the commit and what was built: another document of the same has the same number.
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{given['commit']}/{given['file']}")
    bom = Bom(serial_number=number)
    bom.metadata.component = app
    bom.metadata.timestamp = datetime.fromtimestamp(given["time"], UTC)
    parts = [_component(work) for work in given["works"]]
    bom.components.update(parts)
    bom.register_dependency(app, parts)
    text = str(JsonV1Dot6(bom).output_as_string(indent=1))
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        raise ValueError(str(error)[:1000])
    return text + "\n"


def _component(work: dict[str, Any]) -> Component:
    url = work["url"]
    return Component(
        name=work["name"],
        version=work["version"] or None,
        type=ComponentType.LIBRARY,
        bom_ref=work["purl"] or re.sub(r"\W+", "-", work["name"]).strip("-").lower(),
        licenses=[LicenseFactory().make_from_string(work["licence"])],
        purl=PackageURL.from_string(work["purl"]) if work["purl"] else None,
        hashes=[HashType.from_composite_str(f"sha256:{digest}") for digest in work["sha256"]],
        external_references=[ExternalReference(type=ExternalReferenceType.WEBSITE, url=XsUri(url))]
        if url
        else None,
    )


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr,unused-ignore]
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr,unused-ignore]
    sys.stdout.write(document(json.load(sys.stdin)))
