# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "kubernetes-validate==1.37.0",
#     "prometheus-client==0.23.1",
#     "pyyaml==6.0.3",
#     "requests==2.32.5",
# ]
# ///
"""Tries everything in deploy/; the parts are the other modules in this folder."""

import argparse
import sys
from pathlib import Path

import balanced
import compose
import figures
import manifests
import platforms
import rules
import spark
import swap
import swarm
from report import Difference, Report

PARTS = {
    "manifests": (manifests, "Kubernetes and KServe manifests against their schemas (needs kubectl)"),
    "rules": (rules, "Prometheus rules and the dashboard, against the metrics that there are (needs promtool)"),
    "platforms": (platforms, "SageMaker's and Vertex AI's way to start, ask and stop a container"),
    "swap": (swap, "a ConfigMap that is swapped below a running server"),
    "compose": (compose, "two replicas by docker-compose --scale (needs docker-compose)"),
    "balanced": (balanced, "three replicas behind HAProxy: killed, cut off, paused, rolled (needs haproxy, wrk)"),
    "swarm": (swarm, "a stack in a swarm of one node: rolling update and rollback"),
    "spark": (spark, "PySpark: the labels of one `svcd predict`, and a row that fails the job (needs Java 17)"),
}
# Only by name: it is no trial, and wants a quiet machine.
ASKED = {"figures": (figures, "the table of docs/deploying.md: what one core does, a million requests a second (needs wrk)")}


def main():
    options = parse_options()
    report = Report()
    for name in options.parts or PARTS:
        report.part(name)
        try:
            (PARTS | ASKED)[name][0].check(report, options)
        except Difference as difference:
            print(f"error: {name}: {difference}", file=sys.stderr)
            sys.exit(1)


def parse_options():
    listed = "\n".join(f"  {name:<10} {what}" for name, (_, what) in (PARTS | ASKED).items())
    parser = argparse.ArgumentParser(
        prog="scripts/check_deploy.sh",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Tries everything in deploy/ with the real engines.",
        epilog=f"parts:\n{listed}",
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="only these [default: all but figures]")
    parser.add_argument("--image", default="svcd:latest", help="the image to run [default: svcd:latest, see build_image.sh]")
    parser.add_argument("--binary", type=Path, default=Path("target/image/svcd"), help="the binary [default: target/image/svcd]")
    parser.add_argument("--short", action="store_true", help="fewer rows and seconds")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS | ASKED]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    options.binary = options.binary.resolve()
    if not options.binary.exists():
        parser.error(f"{options.binary} is not there: scripts/build_image.sh makes it, and the image")
    return options


if __name__ == "__main__":
    main()
