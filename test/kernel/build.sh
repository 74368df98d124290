#!/bin/sh
# Builds the kernel that test/kernel/messages.test.ts runs: user-mode Linux with dm-verity's signatures and the certificates of
# test/vectors/verity in its keyring. Nothing is downloaded: the source is a folder, as Debian's linux-source-* unpacks to.
#
#   test/kernel/build.sh SOURCE OUTPUT      # minutes; needs gcc, make, flex, bison, bc, libssl-dev
#   BOOTWRIGHT_LINUX=OUTPUT npm run test:kernel
set -eu
[ $# -eq 2 ] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
output=$(realpath -m "$2")
cd "$1"
cat "$here"/../vectors/verity/rsa.crt "$here"/../vectors/verity/ec.crt > trusted.pem
make ARCH=um tinyconfig > /dev/null
sed 's/^/CONFIG_/' "$here/config" > fragment
echo "CONFIG_SYSTEM_TRUSTED_KEYS=\"$PWD/trusted.pem\"" >> fragment
scripts/kconfig/merge_config.sh -m -O . .config fragment > /dev/null
make ARCH=um olddefconfig > /dev/null
make ARCH=um -j"$(nproc)" linux
strip -o "$output" linux
