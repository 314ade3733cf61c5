"""A ConfigMap under a running server: its files are swapped as the kubelet does it, with the flags of the overlay."""

import os
import re
import shutil
import subprocess

import requests
import yaml
from report import DEPLOY, NAMES, RECORD, ROOT, eventually, folder, run

PORT = 18_645


def check(report, options):
    overlay = yaml.safe_load((DEPLOY / "kubernetes" / "overlays" / "configmap" / "model.yaml").read_text())
    (container,) = overlay["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    mounted = folder("configmap")
    environment |= {"SVCD_MODEL": str(mounted), "SVCD_RELOAD": "200ms", "SVCD_PORT": str(PORT)}
    # LIBSVM's text has none
    environment["SVCD_FEATURE_NAMES"] = ",".join(NAMES)
    swap(mounted, "..2026_01", (ROOT / "model.bin").read_bytes())
    (mounted / "model.pkl").symlink_to("..data/model.pkl")
    with subprocess.Popen([str(options.binary)], env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{PORT}"
            eventually("a start from the folder", 10, lambda: reloads(url) is not None)
            report.equal("the model is the ConfigMap's", requests.post(url, json=RECORD, timeout=5).json(), {"val": 0})
            digest = sha256(url)
            swap(mounted, "..2026_02", exported(options.binary))
            eventually("a reload", 20, lambda: reloads(url) == 1)
            report.true("another model after the swap", sha256(url) != digest)
            report.equal("it answers", requests.post(url, json=RECORD, timeout=5).json(), {"val": 0})
            swap(mounted, "..2026_03", b"this is no model")
            eventually("a refusal", 20, lambda: reloads(url, "failed") == 1)
            report.equal("a broken one is refused", requests.post(url, json=RECORD, timeout=5).json(), {"val": 0})
        finally:
            server.terminate()


def swap(mounted, version, content):
    """A new folder, and `..data` renamed onto it: all files change in one step."""
    before = sorted(path for path in mounted.glob("..2*") if path.is_dir())
    (mounted / version).mkdir()
    (mounted / version / "model.pkl").write_bytes(content)
    (mounted / "..data_tmp").symlink_to(version)
    (mounted / "..data_tmp").rename(mounted / "..data")
    for old in before:
        shutil.rmtree(old)


def exported(binary):
    """The same SVM as LIBSVM's text: another file of a model with the same columns, labels and outputs."""
    path = folder("swap") / "iris.model"
    run(binary, "export", ROOT / "model.bin", "-o", path)
    return path.read_bytes()


def reloads(url, result="ok"):
    try:
        text = requests.get(f"{url}/metrics", timeout=2).text
    except requests.ConnectionError:
        return None
    return int(re.search(rf'svcd_model_reloads_total\{{result="{result}"\}} (\d+)', text)[1])


def sha256(url):
    return re.search(r'sha256="([0-9a-f]+)"', requests.get(f"{url}/metrics", timeout=2).text)[1]
