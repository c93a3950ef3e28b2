# Two images: `trainer`, and `service`, the last stage and therefore the default. The base may be any Debian-like image
# with python3 and venv. For another package index, pass `--secret id=pip,src=pip.conf`; no layer stores it.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS builder
ENV PATH=/venv/bin:$PATH PIP_CACHE_DIR=/pip-cache
RUN python3 -m venv /venv
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./


FROM builder AS service-builder
ARG ENGINE=cpu
# The packages are not copied yet, so this layer has only their dependencies and stays cached when the code changes.
RUN --mount=type=cache,target=/pip-cache --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --constraint constraints.txt ".[${ENGINE},datasets]"
COPY latent latent
COPY service service
RUN --mount=type=cache,target=/pip-cache --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --no-deps --force-reinstall . && pip uninstall --yes setuptools pip


# torch's packages contain CUDA; the driver comes from the host, through its container toolkit.
FROM builder AS trainer
RUN --mount=type=cache,target=/pip-cache --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --constraint constraints.txt ".[cpu,trainer]"
COPY latent latent
COPY trainer trainer
RUN --mount=type=cache,target=/pip-cache --mount=type=secret,id=pip,target=/etc/pip.conf \
    pip install --no-deps --force-reinstall . && install --directory --owner=10001 --group=10001 /data /runs
COPY --chown=10001:10001 models /models
LABEL org.opencontainers.image.title="Inkcode trainer" \
      org.opencontainers.image.description="Trains generators whose latent code means something" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The commands' default folders are data, runs and models: in the root directory these are the volumes.
WORKDIR /
USER 10001:10001
VOLUME ["/data", "/runs", "/models"]
ENTRYPOINT ["python3", "-m", "trainer"]
CMD ["--help"]


FROM ${BASE} AS service
COPY --from=service-builder /venv /venv
# Owned by the user of both images: a new volume takes its owner from the first image that mounts it.
COPY --chown=10001:10001 models /models
LABEL org.opencontainers.image.title="Inkcode" \
      org.opencontainers.image.description="Serves generators whose latent code means something" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    INKCODE_HOST=0.0.0.0 INKCODE_PORT=8000 INKCODE_MODELS=/models
WORKDIR /
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
# urlopen raises on any error status, and the command exits with code 1.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["python3", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"INKCODE_PORT\"]}/readyz')"]
ENTRYPOINT ["python3", "-m", "service"]
CMD ["serve"]
