#!/usr/bin/env bash
# Contracts: well formed, compatible with what main has, and shared/gen made from them.
set -euo pipefail
cd "$(dirname "$0")"

buf lint

if git rev-parse --verify --quiet main:proto >/dev/null; then
  buf breaking --against '../.git#branch=main,subdir=proto'
else
  echo "proto: main has no contracts yet; nothing to compare with"
fi

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
mkdir "$fresh/proto"
buf generate --output "$fresh/proto"
if ! diff -r "$fresh/shared/gen" ../shared/gen; then
  echo "proto: shared/gen is not what proto/ generates; run: npm run generate" >&2
  exit 1
fi
echo "proto: contracts hold, shared/gen is current"
