#!/bin/sh
# Copy what deploy/vendor.txt names from node_modules into ui/assets/vendor, whole or not at all.
set -eu
cd "$(dirname "$0")/.."
vendor=ui/assets/vendor
rm -rf "$vendor.new"
grep -v -e '^#' -e '^ *$' deploy/vendor.txt | while read -r path name; do
    mkdir -p "$vendor.new/$(dirname "$name")"
    cp -R "node_modules/$path" "$vendor.new/$name"
done
rm -rf "$vendor"
mv "$vendor.new" "$vendor"
