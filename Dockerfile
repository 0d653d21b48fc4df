# segbot as a container: installed from the lock with hashes, run as nobody in particular, its root file system read-only.
#
# The base is taken by its digest only: without one the build stops here. docs/operator.md ("Past one machine") says how to find it.
ARG PYTHON_DIGEST

FROM python:3.11-slim-bookworm@${PYTHON_DIGEST} AS build
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /opt/segbot \
    && /opt/segbot/bin/python -m pip install --no-cache-dir --no-deps --require-hashes \
        --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md ./
COPY segmentation segmentation
COPY bot bot
RUN /opt/segbot/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .
# The compiler is of no use to what runs, and larger than all else.
RUN /opt/segbot/bin/python -m segmentation.scoring.kernel.build \
    && /opt/segbot/bin/python -m pip uninstall --yes ziglang

FROM python:3.11-slim-bookworm@${PYTHON_DIGEST}
COPY --from=build /opt/segbot /opt/segbot
RUN install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/segbot
ENV PATH=/opt/segbot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/tmp/matplotlib \
    SEGBOT_STATE_DIR=/var/lib/segbot \
    SEGBOT_MODELS_DIR=/var/lib/segbot/models
WORKDIR /var/lib/segbot
USER 10001:10001
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:3000/healthz', timeout=2)"]
ENTRYPOINT ["segbot"]
CMD ["serve", "--host", "0.0.0.0", "--port", "3000"]
