#!/bin/sh
# Makes the images that tests ask for, in an engine of the tests' own, without a registry: stand-ins from Debian's packages under official
# names. Needs root, debootstrap and a Debian mirror. The engine is the one of DOCKER_HOST.
#   build.sh LABEL     LABEL=VALUE is put on every image; it tells later runs whether these files made them
set -eu

here=$(cd "$(dirname "$0")" && pwd)
label=$1
mirror=${SLIPWAY_DEBIAN_MIRROR:-$(sed -n 's/^\(URIs:\|deb\) *\(http[^ ]*\/debian\)\/\? *.*/\2/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | head -n 1)}
# In memory: dpkg flushes every file to the disk, which takes four times as long as all the rest. Nobody else sees the mount.
[ "${SLIPWAY_OWN_MOUNTS:-}" = yes ] || exec env SLIPWAY_OWN_MOUNTS=yes unshare --mount --propagation private "$0" "$@"
root=$(mktemp -d)
trap 'umount "$root" 2>/dev/null || true; rmdir "$root"' EXIT
mount -t tmpfs -o size=2g,mode=755 tmpfs "$root"

import() { tar -C "$root" --one-file-system -c . | docker import --change "LABEL $label" "$@" - "$image" >/dev/null; }

debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"}
printf 'path-exclude /usr/share/%s/*\n' doc man locale info >"$root/etc/dpkg/dpkg.cfg.d/slim"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/usr/share/doc/* "$root"/usr/share/man/* "$root"/usr/share/locale/*
image=debian:bookworm-slim import --change 'CMD ["bash"]'

# Ids as in the official images: data in volumes belongs to them.
chroot "$root" groupadd --system --gid 999 postgres
chroot "$root" useradd --system --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres
chroot "$root" groupadd --system --gid 1000 redis
chroot "$root" useradd --system --uid 999 --non-unique --gid 1000 --no-create-home --home-dir /data redis
mkdir -p "$root/etc/postgresql-common"
echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get install -y --no-install-recommends -o Dpkg::Options::=--force-confold postgresql-15 redis-server xz-utils zstd
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
image=slipway-test/servers import

for tag in 18.3 16.4; do
  data=/var/lib/postgresql/data
  # Since 18 the official image keeps data below the version's folder, and the volume is one level up.
  [ "$tag" != 18.3 ] || data=/var/lib/postgresql/18/docker
  docker build --quiet --label "$label" --build-arg "DATA=$data" --tag "postgres:$tag" "$here/postgres" >/dev/null
done
docker build --quiet --label "$label" --tag redis:8.6 "$here/redis" >/dev/null
