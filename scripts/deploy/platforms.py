"""Runs a container as SageMaker and Vertex AI do: start, ask whether it is ready, predict, stop."""

import time
import uuid

import requests
from report import NAMES, ROOT, ROW, eventually, run

SAGEMAKER_PORT, VERTEX_PORT = 18_640, 18_641


def check(report, options):
    sagemaker(report, options.image)
    vertex(report, options.image)


class Container:
    """A container that is gone on leaving the `with` block."""

    def __init__(self, image, port, *arguments, flags=()):
        self.name = f"svcd-deploy-{uuid.uuid4().hex[:8]}"
        self.url = f"http://127.0.0.1:{port}"
        run("docker", "run", "--detach", "--name", self.name, "--read-only", *flags, image, *arguments)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        run("docker", "rm", "--force", "--volumes", self.name)

    def answers(self, path):
        try:
            return requests.get(self.url + path, timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def stop(self, seconds):
        """The exit code after SIGTERM, and the seconds until it came."""
        began = time.monotonic()
        run("docker", "stop", "--time", seconds, self.name)
        return run("docker", "inspect", "--format", "{{.State.ExitCode}}", self.name).stdout.strip(), time.monotonic() - began


def sagemaker(report, image):
    """As deploy/sagemaker/README.md has it: `docker run IMAGE serve`, port 8080, the model in /opt/ml/model."""
    flags = ("--env", "SVCD_PORT=8080", "--publish", f"127.0.0.1:{SAGEMAKER_PORT}:8080")
    flags += ("--volume", f"{ROOT / 'model.bin'}:/opt/ml/model/model.bin:ro")
    with Container(image, SAGEMAKER_PORT, "serve", flags=flags) as container:
        eventually("SageMaker: /ping", 10, lambda: container.answers("/ping"))
        began = time.monotonic()
        report.equal("SageMaker: GET /ping", requests.get(f"{container.url}/ping", timeout=2).status_code, 200)
        report.true("SageMaker: within 2 s", time.monotonic() - began < 2)
        asked = {"Content-Type": "text/csv", "Accept": "text/csv", "X-Amzn-SageMaker-Custom-Attributes": "x"}
        line = ",".join(map(str, ROW))
        answer = requests.post(f"{container.url}/invocations", f"{line}\n{line}", headers=asked, timeout=60)
        report.equal("SageMaker: POST /invocations", (answer.status_code, answer.text), (200, "0\n0"))
        parameters = requests.get(f"{container.url}/execution-parameters", timeout=2).json()
        report.equal("SageMaker: batch strategy", parameters["BatchStrategy"], "MULTI_RECORD")
        code, seconds = container.stop(30)
        report.true("SageMaker: stops before SIGKILL", code == "0" and seconds < 10, f"{seconds:.1f} s")


def vertex(report, image):
    """As deploy/vertex/README.md has it: port and routes from the environment."""
    health, predict = "/v1/endpoints/1/deployedModels/2", "/v1/endpoints/1/deployedModels/2:predict"
    environment = {"AIP_HTTP_PORT": "8080", "AIP_HEALTH_ROUTE": health, "AIP_PREDICT_ROUTE": predict, "AIP_MODE": "PREDICTION"}
    flags = [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
    flags += ["--publish", f"127.0.0.1:{VERTEX_PORT}:8080"]
    with Container(image, VERTEX_PORT, flags=flags) as container:
        eventually("Vertex AI: health", 10, lambda: container.answers(health))
        answer = requests.post(container.url + predict, json={"instances": [ROW, ROW]}, timeout=60)
        report.equal("Vertex AI: predictions", answer.json(), {"predictions": [0, 0]})
        named = {"instances": [dict(zip(NAMES, ROW, strict=True))], "parameters": {"output": "decision_function"}}
        answer = requests.post(container.url + predict, json=named, timeout=60).json()
        report.equal("Vertex AI: scores of each class", len(answer["predictions"][0]), 3)
        code, seconds = container.stop(10)
        report.true("Vertex AI: stops", code == "0" and seconds < 10, f"{seconds:.1f} s")
