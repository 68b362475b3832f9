# syntax=docker/dockerfile:1
# The service as an image: --target cpu (the last, the default) or --target gpu.
#   docker build -t paintstorch .
#   docker build -t paintstorch:gpu --target gpu .

FROM python:3.12-slim AS wheel
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --no-deps -w /wheels .

FROM nvidia/cuda:12.8.1-devel-ubuntu24.04 AS gpu-build
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ python3-dev python3-venv \
 && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/pts
COPY --from=wheel /wheels /wheels
# PyCUDA is compiled here, where CUDA's headers are.
RUN /opt/pts/bin/pip install --no-cache-dir "$(echo /wheels/*.whl)[gpu,serve]"

FROM nvidia/cuda:12.8.1-runtime-ubuntu24.04 AS gpu
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home pts \
 && install -d -o pts -g pts /data /cache
COPY --from=gpu-build /opt/pts /opt/pts
# Engines that TensorRT builds are kept in /cache: mount it, or each new container builds them again.
ENV PATH=/opt/pts/bin:$PATH PAINTSTORCH_DATA=/data PAINTSTORCH_CACHE=/cache PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME ["/data", "/cache"]
EXPOSE 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/readyz', timeout=4)"]
CMD ["pts", "serve", "--host", "0.0.0.0"]

FROM python:3.12-slim AS cpu
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir "$(echo /wheels/*.whl)[cpu,serve]" \
 && rm -rf /wheels \
 && useradd --uid 10001 --create-home pts \
 && install -d -o pts -g pts /data
ENV PAINTSTORCH_DATA=/data PYTHONDONTWRITEBYTECODE=1
USER 10001
VOLUME ["/data"]
EXPOSE 7860
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/readyz', timeout=4)"]
CMD ["pts", "serve", "--host", "0.0.0.0"]
