# Coursewright as an image: `docker build --tag coursewright .`, or by compose.yaml. No secret is in it.

FROM python:3.13-slim-trixie AS packages
WORKDIR /srv/coursewright
COPY requirements.txt requirements-postgresql.txt requirements-redis.txt ./
RUN python -m venv .venv \
 && .venv/bin/pip install --no-cache-dir --requirement requirements.txt \
    --requirement requirements-postgresql.txt --requirement requirements-redis.txt

# Node.js builds scripts, styles and fonts, and stays behind with this stage.
FROM packages AS assets
COPY requirements-node.txt package.json package-lock.json .npmrc ./
RUN .venv/bin/pip install --no-cache-dir --requirement requirements-node.txt
COPY tools tools
COPY app/web/static/src app/web/static/src
RUN .venv/bin/python tools/assets.py

FROM python:3.13-slim-trixie
# pg_dump and pg_restore of the version that compose.yaml runs, for `flask db backup`.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends postgresql-client-17 \
 && rm --recursive /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home coursewright \
 && install --directory --owner=coursewright --mode=0700 /srv/instance /srv/instance/files /srv/instance/backups
WORKDIR /srv/coursewright
COPY . .
COPY --from=packages /srv/coursewright/.venv .venv
COPY --from=assets /srv/coursewright/app/web/static/built app/web/static/built
COPY --from=assets /srv/coursewright/app/documents/fonts app/documents/fonts
RUN .venv/bin/python -m compileall -q app config.py wsgi.py
ENV PATH=/srv/coursewright/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    FLASK_APP=wsgi \
    INSTANCE_PATH=/srv/instance \
    HOST=0.0.0.0 \
    PORT=8000
USER coursewright
EXPOSE 8000
# Ready: database, tables and disk, as the page /readyz says.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
CMD ["flask", "start"]
