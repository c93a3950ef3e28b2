"""The Kubernetes manifests: valid by Kubernetes' own schemas, and in agreement with the service."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml

from service.settings import Settings
from tests.deploy.conftest import DEPLOY, environment, instructions
from tests.deploy.kustomize import build, by_name, containers

MANIFESTS = DEPLOY / "kubernetes"
BASE, GPU = build(MANIFESTS / "base"), build(MANIFESTS / "gpu")
KSERVE = by_name((MANIFESTS / "examples" / "kserve.yaml").read_text())
RAY = by_name((MANIFESTS / "examples" / "ray.yaml").read_text())["RayService", "inkcode"]
OLDEST = "1.30"  # as base/kustomization.yaml states

DEPLOYMENT = BASE["Deployment", "inkcode"]["spec"]
POD = DEPLOYMENT["template"]["spec"]
(CONTAINER,) = POD["containers"]


def _pods() -> dict[str, dict[str, Any]]:
    """Each pod specification of the manifests, those inside custom resources too."""
    runtime = KSERVE["ServingRuntime", "inkcode"]["spec"]
    cluster = RAY["spec"]["rayClusterConfig"]
    return {
        "base": POD,
        "gpu": GPU["Deployment", "inkcode"]["spec"]["template"]["spec"],
        "kserve": {name: runtime[name] for name in ("containers", "volumes")},
        "ray head": cluster["headGroupSpec"]["template"]["spec"],
        "ray worker": cluster["workerGroupSpecs"][0]["template"]["spec"],
    }


@pytest.mark.parametrize("version", [OLDEST, str(kubernetes_validate.latest_version())])
@pytest.mark.parametrize("overlay", ["base", "gpu"])
def test_objects_fit_the_published_schemas(overlay: str, version: str) -> None:
    validated = set()
    for (kind, _), found in build(MANIFESTS / overlay).items():
        if kind != "PodMonitor":  # of the Prometheus Operator, not of Kubernetes
            kubernetes_validate.validate(found, version, strict=True)
            validated.add(kind)
    others = {"Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"}
    assert validated == {"Deployment", *others}


@pytest.mark.parametrize("name", _pods())
def test_pods_fit_the_published_schema_wherever_they_stand(name: str) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": _pods()[name]}
    kubernetes_validate.validate(pod, OLDEST, strict=True)


@pytest.mark.parametrize("overlay", ["base", "gpu"])
def test_kubectl_builds_what_these_tests_read(overlay: str) -> None:
    if not shutil.which("kubectl"):  # Debian's is too old to build them
        pytest.skip("kubectl is not installed")
    built = subprocess.run(["kubectl", "kustomize", MANIFESTS / overlay], capture_output=True, text=True, check=True)
    assert by_name(built.stdout) == build(MANIFESTS / overlay)


@pytest.mark.parametrize("objects", [BASE, GPU], ids=["base", "gpu"])
def test_pods_have_no_privileges_and_write_to_volumes_alone(objects: Any) -> None:
    pod = objects["Deployment", "inkcode"]["spec"]["template"]["spec"]
    user = f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}"
    assert pod["securityContext"]["runAsNonRoot"]
    assert [user] == instructions("service", "USER")
    assert not pod["automountServiceAccountToken"]
    for container in pod["containers"]:
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"]
        assert not security["allowPrivilegeEscalation"]
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert {"cpu", "memory"} <= container["resources"]["limits"].keys()


def test_probes_ask_existing_paths(settings: Settings, client: httpx.Client) -> None:
    (port,) = CONTAINER["ports"]
    assert port["containerPort"] == settings.port
    probes = {name: CONTAINER[f"{name}Probe"]["httpGet"] for name in ("startup", "readiness", "liveness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/livez",
        "readiness": "/readyz",
        "liveness": "/livez",
    }
    (runtime,) = KSERVE["ServingRuntime", "inkcode"]["spec"]["containers"]
    probes |= {name: runtime[f"{name}Probe"]["httpGet"] for name in ("readiness", "liveness")}
    assert {probe["path"] for probe in probes.values()} <= client.get("/openapi.json").json()["paths"].keys()


def test_a_pod_has_time_to_drain_and_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = _settings(CONTAINER["env"], monkeypatch)
    pause = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert POD["terminationGracePeriodSeconds"] >= pause + settings.drain
    startup = CONTAINER["startupProbe"]
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 60
    # A process whose inference hangs is taken out of service before it is replaced.
    assert settings.unready_after < settings.dead_after


def _settings(variables: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The service's settings in a container that sets these variables."""
    own = {variable["name"]: variable["value"] for variable in variables if "value" in variable}
    for name, value in (environment("service") | own).items():
        if name.startswith("INKCODE_"):
            monkeypatch.setenv(name, value)
    return Settings()


def test_threads_are_as_many_as_the_cores_that_the_container_may_use() -> None:
    (threads,) = [variable for variable in CONTAINER["env"] if variable["name"] == "INKCODE_THREADS"]
    assert threads["valueFrom"]["resourceFieldRef"] == {"resource": "limits.cpu"}
    assert int(CONTAINER["resources"]["limits"]["cpu"]) >= 1


@pytest.mark.parametrize("objects", [BASE, GPU], ids=["base", "gpu"])
def test_everything_selects_the_deployment_s_pods(objects: Any) -> None:
    specs = {kind: found["spec"] for (kind, _), found in objects.items()}
    labels = specs["Deployment"]["template"]["metadata"]["labels"]
    assert specs["Service"]["selector"].items() <= labels.items()
    assert specs["NetworkPolicy"]["podSelector"]["matchLabels"].items() <= labels.items()
    for kind in ("Deployment", "PodDisruptionBudget", "PodMonitor"):
        assert specs[kind]["selector"]["matchLabels"].items() <= labels.items()
    target = specs["HorizontalPodAutoscaler"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) in objects
    assert "replicas" not in specs["Deployment"]  # the autoscaler's
    port = CONTAINER["ports"][0]["name"]
    assert specs["Service"]["ports"][0]["targetPort"] == port
    assert specs["NetworkPolicy"]["ingress"][0]["ports"][0]["port"] == port
    (endpoint,) = specs["PodMonitor"]["podMetricsEndpoints"]
    assert (endpoint["port"], endpoint["path"]) == (port, "/metrics")


def test_replicas_follow_a_metric_that_the_service_has(client: httpx.Client) -> None:
    (metric,) = BASE["HorizontalPodAutoscaler", "inkcode"]["spec"]["metrics"]
    name = metric["pods"]["metric"]["name"]
    assert f"# TYPE {name} gauge" in client.get("/metrics").text
    assert int(metric["pods"]["target"]["averageValue"]) >= Settings().batch_rows
    (rule,) = yaml.safe_load((MANIFESTS / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert rule["name"]["as"] == name
    assert rule["seriesQuery"].startswith(f"{name}{{")


def test_the_gpu_overlay_gives_each_replica_a_gpu_and_insists_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (container,) = containers(GPU)
    assert container["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert container["image"] == "inkcode-service:gpu"
    assert _settings(container["env"], monkeypatch).device == "cuda"


def test_kserve_mounts_the_models_where_the_service_reads_them(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = KSERVE["ServingRuntime", "inkcode"]["spec"]
    service = KSERVE["InferenceService", "mnist-infogan"]
    (container,) = runtime["containers"]
    settings = _settings(container["env"], monkeypatch)
    assert (str(settings.models), container["ports"][0]["containerPort"]) == ("/mnt/models", settings.port)
    model = service["spec"]["predictor"]["model"]
    assert model["runtime"] == "inkcode"
    assert model["modelFormat"]["name"] in [each["name"] for each in runtime["supportedModelFormats"]]
    assert model["protocolVersion"] in runtime["protocolVersions"]
    # KServe's clients take the service's name for the model's.
    assert client.get(f"/v2/models/{service['metadata']['name']}/ready").json()["ready"]


def test_ray_reserves_for_a_worker_at_least_what_a_replica_asks_for(settings: Settings) -> None:
    configuration = yaml.safe_load(RAY["spec"]["serveConfigV2"])
    (application,) = configuration["applications"]
    assert application["import_path"] == "service.cluster:app"
    assert configuration["http_options"]["port"] == settings.port
    (worker,) = _pods()["ray worker"]["containers"]
    assert int(worker["resources"]["limits"]["cpu"]) >= application["args"]["cpus"]
    assert worker["ports"][0]["containerPort"] == settings.port
