# Two images from one file:
#
#   docker build --target producer --tag catwalk-producer .
#   docker build --target consumer --tag catwalk-consumer .
#
# Each holds its own room and the contract, nothing of the other; the packages have a layer of their
# own that only a change of theirs makes anew, and the code comes last. Data is never inside: it is
# mounted. Builds with BuildKit and with the classic builder. The latter knows no `RUN --mount`, and
# builds every stage above its target, so those of the producer come first.

FROM python:3.11-slim-bookworm AS base

# ---- what the images need, so that no other change of these two files touches their packages
FROM base AS requirements
WORKDIR /build
COPY pyproject.toml constraints.txt containers/requirements.py ./
RUN python requirements.py

# ---- the code and nothing else that may lie beside it, readable for any user whatever the modes in the
# checkout, compiled once
FROM base AS code
WORKDIR /app
COPY LICENSE containers/probe.py containers/folders.sh containers/inspect.sh ./
COPY shared shared
COPY producer producer
COPY consumer consumer
RUN find . -type f ! -name '*.py' ! -name '*.sh' ! -name '*.j2' ! -name py.typed ! -name LICENSE \
        ! -path '*/weights/*.json' ! -path '*/weights/*.safetensors' -delete \
    && python -m compileall -q --invalidation-mode unchecked-hash . \
    && chmod -R a+rX .

# ---- what both images have in common while they run
FROM base AS runtime
# PYTHONSAFEPATH: the working directory is the user's; nothing in it can take a module's place.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
RUN mkdir -p /data /results /var/lib/catwalk /var/cache/catwalk \
    && chown 1000:1000 /results /var/lib/catwalk /var/cache/catwalk
WORKDIR /data
STOPSIGNAL SIGTERM

# ---- the producer: no torch, no plots
FROM base AS producer-packages
WORKDIR /build
RUN python -m venv --without-pip /opt/venv
COPY --from=requirements /build/needed/producer.txt /build/needed/constraints.txt ./
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
    --constraint constraints.txt --requirement producer.txt

FROM runtime AS producer
LABEL org.opencontainers.image.title="catwalk-producer" \
      org.opencontainers.image.description="Plays an image data set as a live stream and keeps the ledger of what came back." \
      org.opencontainers.image.licenses="MIT"
ENV CATWALK_HOST=0.0.0.0 \
    CATWALK_PORT=6000 \
    CATWALK_SESSION_PORT=7000 \
    CATWALK_STORE=sqlite:////var/lib/catwalk/ledger.db \
    CATWALK_CACHE_DIR=/var/cache/catwalk
EXPOSE 6000 7000
VOLUME ["/var/lib/catwalk", "/var/cache/catwalk"]
COPY --from=producer-packages /opt/venv /opt/venv
COPY --from=code /app/LICENSE /app/probe.py /app/folders.sh /app/
COPY --from=code /app/shared /app/shared
COPY --from=code /app/producer /app/producer
USER 1000:1000
# A first start may download a data set: until the start period is over, no answer is no failure. A probe
# watches for 20 s at a time (containers/probe.py).
HEALTHCHECK --interval=1s --timeout=90s --start-period=300s --retries=5 \
    CMD python -I -S /app/probe.py "http${CATWALK_TLS_CERT:+s}://127.0.0.1:${CATWALK_SESSION_PORT}/healthz"
ENTRYPOINT ["python", "-m", "producer"]
CMD ["serve"]

# ---- the consumer: PyTorch's CPU build first and alone, as an open range would fetch gigabytes
FROM producer-packages AS consumer-packages
COPY --from=requirements /build/needed/torch.txt ./
RUN pip --python /opt/venv/bin/python install --no-cache-dir --no-deps \
    --extra-index-url https://download.pytorch.org/whl/cpu --retries 1 --requirement torch.txt \
    # PyTorch's own tests, C++ headers and their compiler: 190 MB that nothing here ever runs.
    && cd /opt/venv/lib/python3*/site-packages/torch \
    && rm -rf include test \
    && find bin -type f ! -name torch_shm_manager -delete
COPY --from=requirements /build/needed/consumer.txt ./
RUN pip --python /opt/venv/bin/python install --no-cache-dir \
    --constraint constraints.txt --requirement consumer.txt \
    && /opt/venv/bin/python -c "import torch; assert torch.version.cuda is None, torch.__version__"

FROM runtime AS consumer
LABEL org.opencontainers.image.title="catwalk-consumer" \
      org.opencontainers.image.description="Receives a stream of frames, classifies it, and proves that nothing was lost." \
      org.opencontainers.image.licenses="MIT"
ENV CATWALK_PRODUCER=ws://producer:7000 \
    CATWALK_CACHE_DIR=/tmp/catwalk \
    CATWALK_OUTPUT=/results \
    CATWALK_HEALTH_PORT=8000 \
    MPLCONFIGDIR=/tmp
COPY --from=consumer-packages /opt/venv /opt/venv
COPY --from=code /app/LICENSE /app/probe.py /app/inspect.sh /app/
COPY --from=code /app/shared /app/shared
COPY --from=code /app/consumer /app/consumer
USER 1000:1000
HEALTHCHECK --interval=1s --timeout=90s --start-period=60s --retries=5 \
    CMD python -I -S /app/probe.py "http://127.0.0.1:${CATWALK_HEALTH_PORT}/healthz"
ENTRYPOINT ["python", "-m", "consumer"]
CMD ["run"]
