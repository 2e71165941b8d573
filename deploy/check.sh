#!/bin/sh
# What the machine's own programs say of the files here: deploy/check.sh; programs that are not installed are named.
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if command -v nginx >/dev/null && command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=example.org \
        -keyout "$scratch/privkey.pem" -out "$scratch/fullchain.pem" 2>/dev/null
    sed "s#/etc/letsencrypt/live/example.org#$scratch#" nginx.conf >"$scratch/site.conf"
    printf 'pid %s/pid; error_log stderr; events {}\nhttp { access_log off; include %s/site.conf; }\n' \
        "$scratch" "$scratch" >"$scratch/nginx.conf"
    nginx -t -c "$scratch/nginx.conf"
else echo "not checked: nginx.conf (nginx and openssl)"; fi

if command -v caddy >/dev/null; then caddy validate --adapter caddyfile --config Caddyfile
else echo "not checked: Caddyfile (caddy)"; fi

if command -v systemd-analyze >/dev/null; then
    for unit in *.service; do
        # The site may not be installed on this machine.
        sed "s#^ExecStart=.*#ExecStart=/bin/true#; s#^User=.*#User=root#; s#^WorkingDirectory=.*#WorkingDirectory=/#" \
            "$unit" >"$scratch/$unit"
        systemd-analyze verify --man=no "$scratch/$unit"
        echo "$unit: ok"
    done
else echo "not checked: units (systemd-analyze)"; fi

if docker compose version >/dev/null 2>&1; then
    cp compose.yaml wealthwise.env "$scratch/" && mv "$scratch/wealthwise.env" "$scratch/.env"
    POSTGRES_PASSWORD=x VALKEY_PASSWORD=x docker compose -f "$scratch/compose.yaml" config --quiet
else echo "not checked: compose.yaml (docker compose)"; fi
