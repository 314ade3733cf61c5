"""Kubernetes manifests as kustomize makes them, against the official schemas and the restricted profile; KServe's against the models
of its own Python package.

Of that package only the files are read: its classes need half a machine-learning platform to be imported.
"""

import ast
import re
import shutil

import kubernetes_validate
import yaml
from report import DEPLOY, ROOT, Difference, folder, need, run

KUBERNETES = "1.33"
KSERVE = "kserve==0.21.0"
OVERLAYS = ("configmap", "volume", "image-volume")
# https://kubernetes.io/docs/concepts/security/pod-security-standards
RESTRICTED_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
# Younger than the profile, which does not list it.
YOUNG_VOLUMES = {"image"}


def check(report, options):
    need("kubectl", "it has kustomize in it: https://kubernetes.io/docs/tasks/tools/")
    work = folder("kubernetes")
    shutil.copytree(DEPLOY / "kubernetes", work, dirs_exist_ok=True)
    shutil.copy(ROOT / "model.bin", work / "overlays" / "configmap" / "model.pkl")
    for path in ("base", *(f"overlays/{overlay}" for overlay in OVERLAYS)):
        documents = built(work / path)
        for document in documents:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        report.holds(f"{path}: valid in Kubernetes {KUBERNETES}", len(documents))
        (deployment,) = [document for document in documents if document["kind"] == "Deployment"]
        pod = deployment["spec"]["template"]["spec"]
        restricted(pod)
        report.holds(f"{path}: restricted")
        grace(report, pod)
        selected(documents, deployment)
    kserve(report)


def built(path):
    return list(yaml.safe_load_all(run("kubectl", "kustomize", path).stdout))


def restricted(pod):
    """The Pod Security Standard `restricted`, for what our pods have."""
    wrong = [field for field in ("hostNetwork", "hostPID", "hostIPC", "initContainers") if pod.get(field)]
    wrong += [f"volume {volume['name']}" for volume in pod.get("volumes", ()) if not volume.keys() & (RESTRICTED_VOLUMES | YOUNG_VOLUMES)]
    outer = pod.get("securityContext", {})
    for container in pod["containers"]:
        context = outer | container.get("securityContext", {})
        expected = {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "readOnlyRootFilesystem": True}
        wrong += [field for field, value in expected.items() if context.get(field) is not value]
        wrong += [] if context.get("runAsUser", 0) != 0 else ["runAsUser"]
        wrong += [] if context.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost") else ["seccompProfile"]
        capabilities = context.get("capabilities", {})
        wrong += [] if capabilities.get("drop") == ["ALL"] and not capabilities.get("add") else ["capabilities"]
        wrong += ["hostPort"] if any("hostPort" in port for port in container.get("ports", ())) else []
        wrong += ["privileged"] if context.get("privileged") else []
    if wrong:
        raise Difference(f"not restricted: {', '.join(wrong)}")


def grace(report, pod):
    """A pod may take the drain delay and eight seconds to stop."""
    (container,) = pod["containers"]
    delay = {entry["name"]: entry["value"] for entry in container["env"]}["SVCD_DRAIN_DELAY"]
    at_least = int(re.fullmatch(r"(\d+)s", delay)[1]) + 8
    report.true("time to stop", pod["terminationGracePeriodSeconds"] > at_least, pod["terminationGracePeriodSeconds"])


def selected(documents, deployment):
    """What selects pods selects these."""
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    for document in documents:
        spec = document.get("spec", {})
        chosen = spec.get("podSelector", spec.get("selector", {}))
        chosen = chosen.get("matchLabels", chosen)
        if not chosen.items() <= labels:
            raise Difference(f"{document['kind']} selects {chosen}, the pods have {dict(labels)}")


def kserve(report):
    package = folder("kserve")
    run("uv", "pip", "install", "--quiet", "--no-deps", "--target", package, KSERVE)
    models = Models(package / "kserve" / "models")
    for file in ("clusterservingruntime.yaml", "inferenceservice.yaml"):
        for document in yaml.safe_load_all((DEPLOY / "kserve" / file).read_text()):
            version = document["apiVersion"].rpartition("/")[2]
            models.hold(f"{version.capitalize()}{document['kind']}", document, document["kind"])
            report.holds(f"{document['kind']}: fields as {KSERVE} has them")
            if document["kind"] == "ClusterServingRuntime":
                containers(report, document["spec"]["containers"])


def containers(report, containers):
    """A runtime's containers as those of a pod."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "runtime"}, "spec": {"containers": containers}}
    kubernetes_validate.validate(pod, KUBERNETES, strict=True)
    restricted(pod["spec"])
    report.holds("its container: valid and restricted")


class Models:
    """KServe's objects: for each the fields that it has, and their types."""

    def __init__(self, folder):
        self.folder = folder

    def hold(self, kind, value, place):
        """Refuses what the object `kind` does not have."""
        names, types = self.fields(kind)
        by_json = {json_name: types[name] for name, json_name in names.items()}
        for field, inner in value.items():
            if field not in by_json:
                raise Difference(f"{place}: KServe's {kind} has no `{field}`")
            self.hold_type(by_json[field], inner, f"{place}.{field}")

    def hold_type(self, kind, value, place):
        listed = re.fullmatch(r"list\[(.*)\]", kind)
        if listed:
            for index, item in enumerate(value):
                self.hold_type(listed[1], item, f"{place}[{index}]")
        elif kind.startswith(("V1alpha1", "V1beta1")):
            self.hold(kind, value, place)
        elif (expected := {"str": str, "bool": bool, "int": int}.get(kind)) and not isinstance(value, expected):
            raise Difference(f"{place}: expected {kind}, found {value!r}")

    def fields(self, kind):
        file = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()
        tree = ast.parse((self.folder / f"{file}.py").read_text())
        (made,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        values = {node.targets[0].id: node.value for node in made.body if isinstance(node, ast.Assign)}
        return ast.literal_eval(values["attribute_map"]), ast.literal_eval(values["openapi_types"])
