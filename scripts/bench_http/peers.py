"""The servers in the comparison. To add one, add a function next to those of its kind, and a line in PEERS."""

import peers_compiled as compiled
import peers_python as python
from peer import SCRIPTS, WORK, run

# the first one that takes part is what the others are compared with
PEERS = {
    "svcd": compiled.svcd,
    "table": compiled.svcd_table,
    "text": compiled.svcd_text,
    "notebook": python.notebook,
    "notebook-asgi": python.notebook_asgi,
    "fastapi": python.fastapi,
    "fastapi-workers": python.fastapi_workers,
    "mlserver": python.mlserver,
    "actix": compiled.actix,
    "axum": compiled.axum,
    "hyper": compiled.hyper,
    "may_minihttp": compiled.may_minihttp,
    "tiny_http": compiled.tiny_http,
    "nginx": compiled.nginx,
    "ceiling": compiled.ceiling,
}
# names that stand for several: what svcd replaces, and what else one could take, with svcd's own cost of other models
GROUPS = {
    "replaced": ("svcd", "notebook", "notebook-asgi", "fastapi", "fastapi-workers"),
    "beside": ("svcd", "mlserver", "actix", "axum", "hyper", "may_minihttp", "tiny_http", "nginx", "ceiling", "table", "text"),
    "all": tuple(PEERS),
}


def train_model():
    """Writes `model` and `iris.json` into WORK: the notebook's first step. MLServer goes by the end of the name."""
    train = ["uv", "run", "--quiet", "--no-project", str(SCRIPTS / "train_iris.py")]
    run([*train, "--model", str(WORK / "model"), "--output", str(WORK / "iris.json")])
    (WORK / "model.pickle").write_bytes((WORK / "model").read_bytes())
