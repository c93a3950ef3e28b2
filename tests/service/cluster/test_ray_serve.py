"""The service on two nodes, one of which is killed under load.

Run by `make test-ray`, in an environment of its own: Ray's package has hundreds of megabytes, and its processes take a
gigabyte and half a minute, too much for every run of the tests. It also emits warnings when it is imported, so warnings
are not errors there.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

ray = pytest.importorskip("ray", reason="Ray is not installed; `make test-ray` installs it and runs this")

import yaml  # noqa: E402
from pydantic import ValidationError  # noqa: E402
from ray import serve  # noqa: E402
from ray.cluster_utils import Cluster  # noqa: E402
from ray.serve.schema import ServeDeploySchema  # noqa: E402

from service.cluster.ray_serve import ScalingConfig, app  # noqa: E402

CLIENTS = 8


@pytest.fixture
def cluster(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cluster, str]]:
    """Two nodes with room for one replica each, and the address of the proxy on the first."""
    monkeypatch.setenv("INKCODE_MODELS", str(models))
    monkeypatch.setenv("RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S", "60")  # it imports for long on a busy machine
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    ray.init(nodes.address, log_to_driver=False)
    serve.start(proxy_location="HeadOnly", http_options={"host": "127.0.0.1", "port": port})
    serve.run(app(ScalingConfig(least=2, most=2)))
    yield nodes, f"http://127.0.0.1:{port}"
    serve.shutdown()
    ray.shutdown()
    nodes.shutdown()


def test_only_the_requests_of_a_killed_node_are_lost(
    cluster: tuple[Cluster, str], record_property: Callable[[str, object], None]
) -> None:
    nodes, address = cluster
    states = serve.status().applications["default"].deployments["inkcode"].replica_states
    assert states == {"RUNNING": 2}, "one a node: there is room for no more"
    answers: list[tuple[float, int, bytes]] = []  # when asked, status, content
    repeated: list[tuple[int, bytes]] = []
    over = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            while not over.is_set():
                asked = time.monotonic()
                response = client.post("/generate", json={"n": 1, "seed": 1})
                answers.append((asked, response.status_code, response.content))
                if response.status_code != 200:
                    again = client.post("/generate", json={"n": 1, "seed": 1})
                    repeated.append((again.status_code, again.content))

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(3)
    (second,) = nodes.worker_nodes
    before = len(answers)
    killed = time.monotonic()
    nodes.remove_node(second, allow_graceful=False)
    time.sleep(6)
    over.set()
    for thread in threads:
        thread.join(90)

    drawn = {content for _, status, content in answers if status == 200}
    assert len(drawn) == 1, "both nodes draw the same"
    lost = [(asked, status) for asked, status, _ in answers if status != 200]
    record_property("answered before, after, lost", (before, len(answers) - before, lost))
    assert len(lost) <= CLIENTS, "no more than what was in work"
    assert all(status == 500 and asked < killed + 1 for asked, status in lost)
    assert all(status == 200 and content in drawn for status, content in repeated)
    assert before > 0
    assert len(answers) > before + CLIENTS, "it goes on"


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(ValidationError, match="replicas"):
        ScalingConfig.model_validate({"replicas": "3"})


def test_the_kubernetes_example_is_a_configuration_of_ray_serve() -> None:
    example = Path(__file__).parents[3] / "deploy" / "kubernetes" / "examples" / "ray.yaml"
    content = yaml.safe_load(yaml.safe_load(example.read_text())["spec"]["serveConfigV2"])
    (application,) = ServeDeploySchema.model_validate(content).applications
    ScalingConfig.model_validate(application.args)
