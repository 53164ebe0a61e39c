# An exported model over HTTP:
#   docker build -t aspn_tf .
#   docker run -p 8000:8000 -v "$PWD/model47:/model:ro" aspn_tf
FROM python:3.11-slim

WORKDIR /src
COPY setup.py pyproject.toml requirements.lock README.md ./
COPY aspn_tf ./aspn_tf
COPY datasets ./datasets
COPY flags ./flags
# The versions that are tested, and of them what a server needs.
# hadolint ignore=DL3013
RUN sed -n "s/^\([^ #]*==[^ ]*\).*/\1/p" requirements.lock > versions \
    && pip install --no-cache-dir --constraint=versions ".[serve]" \
    && useradd --create-home --uid 1000 server

WORKDIR /home/server
USER 1000
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz')"]
ENTRYPOINT ["python", "-m", "aspn_tf.serve", "--model=/model", "--host=0.0.0.0"]
