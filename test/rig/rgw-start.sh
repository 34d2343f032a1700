#!/usr/bin/env bash
# rgw-start.sh - a throw-away, single-node Ceph RADOS Gateway: a REAL S3 server
# (POST policies, SigV4, CORS, multipart) for tests. Loopback only, no systemd,
# no container, no mgr: 1 mon + 1 in-memory OSD + 1 radosgw (~350 MB RSS, ~3 s).
# Root is not needed.
#
#   apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw curl openssl
#   ./rgw-start.sh          # idempotent: does nothing if it already answers
#   ./rgw-stop.sh           # stops what this started (by pid); data is gone
#
# Every start from stopped is a fresh, empty store (the OSD is a memstore).
# Parameters (env; keep the same ones for rgw-stop.sh):
set -euo pipefail
DIR=${S3RIG_DIR:-${TMPDIR:-/tmp}/s3-uploader-rgw}             # all state, logs, pid files
PORT=${S3RIG_PORT:-7480}                     # S3 endpoint http://127.0.0.1:$PORT
MON_PORT=${S3RIG_MON_PORT:-6789}             # mon (v1 protocol), loopback too
ACCESS_KEY=${S3RIG_ACCESS_KEY:-S3RIGACCESSKEY000001}
SECRET_KEY=${S3RIG_SECRET_KEY:-s3rigSecretKey0000000000000000000000001}
BUCKET=${S3RIG_BUCKET:-uploads}              # space-separated list is fine
ORIGIN=${S3RIG_CORS_ORIGIN:-*}               # AllowedOrigin of the CORS rule
REGION=${S3RIG_REGION:-us-east-1}            # what clients sign with (RGW takes any)
DNS_NAME=${S3RIG_DNS_NAME:-}                 # e.g. "localhost": http://BUCKET.localhost:$PORT works too,
                                             # but then <Location> in replies loses scheme and port
MEM_BYTES=${S3RIG_MEM_BYTES:-4294967296}     # capacity reported by the memstore
TIMEOUT=${S3RIG_TIMEOUT:-60}                 # seconds allowed for each wait

CONF=$DIR/ceph.conf
URL=http://127.0.0.1:$PORT
C() { ceph -c "$CONF" --connect-timeout "$TIMEOUT" "$@"; }
say() { echo "rgw-start: +$(($(date +%s) - ${T0:-$(date +%s)}))s $*"; }
die() { say "$*; see $DIR/log" >&2; exit 1; }
up() { curl -fsS -m 5 -o /dev/null "$URL/" 2>/dev/null; }   # anonymous ListBuckets = 200
alive() { [ -s "$DIR/run/$1.pid" ] && kill -0 "$(cat "$DIR/run/$1.pid")" 2>/dev/null; }

for bin in ceph-mon ceph-osd radosgw radosgw-admin ceph monmaptool curl openssl; do
  command -v $bin >/dev/null || die "$bin not found (apt-get install ceph-mon ceph-osd radosgw curl openssl)"
done

if alive rgw && up; then
  say "already running at $URL (pid $(cat "$DIR/run/rgw.pid"))"
  exit 0
fi

# On a busy machine one start in about thirty fails, and the next one does not.
SELF=$(readlink -f "$0")
if [ -z "${S3RIG_ATTEMPT:-}" ]; then
  for attempt in 1 2 3; do
    S3RIG_ATTEMPT=$attempt "$SELF" && exit 0
    say "attempt $attempt failed" >&2
  done
  S3RIG_DIR=$DIR "$(dirname "$SELF")/rgw-stop.sh"
  die "gave up after three attempts"
fi
# Half-dead remains of an earlier run: stop them by pid, then start afresh.
[ -d "$DIR/run" ] && S3RIG_DIR=$DIR "$(dirname "$SELF")/rgw-stop.sh"
up && die "something else already answers on $URL"

# Only ever empty a directory that this script has made.
[ ! -e "$DIR" ] || [ -e "$DIR/.s3rig" ] || [ -z "$(ls -A "$DIR")" ] || die "$DIR exists and is not mine"
rm -rf "$DIR"
mkdir -p "$DIR"/{run,log,mon,osd,rgw}
touch "$DIR/.s3rig"
FSID=$(cat /proc/sys/kernel/random/uuid)
OSD_UUID=$(cat /proc/sys/kernel/random/uuid)

cat >"$CONF" <<CONF_END
[global]
fsid = $FSID
mon_initial_members = a
mon_host = v1:127.0.0.1:$MON_PORT
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
# no cephx: nothing but loopback can reach it
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
run_dir = $DIR/run
pid_file = $DIR/run/\$name.pid
admin_socket = $DIR/run/\$name.asok
log_file = $DIR/log/\$name.log
crash_dir = $DIR/log
# one replica, one host, as few placement groups as can be
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000

[mon]
mon_data = $DIR/mon
mon_cluster_log_file = $DIR/log/cluster.log
mon_data_avail_warn = 1
mon_data_avail_crit = 1
# commit map changes at once instead of gathering them for a second
paxos_propose_interval = 0.05
paxos_min_wait = 0.01

[osd]
osd_data = $DIR/osd
osd_objectstore = memstore
memstore_device_bytes = $MEM_BYTES
osd_class_update_on_start = false

[client.rgw]
rgw_data = $DIR/rgw
rgw_frontends = beast endpoint=127.0.0.1:$PORT
pid_file = $DIR/run/rgw.pid
log_file = $DIR/log/rgw.log
rgw_rados_pool_pg_num_min = 1
rgw_thread_pool_size = 16
# what is deleted makes room at once, not after two hours
rgw_gc_obj_min_wait = 0
rgw_gc_processor_period = 2
rgw_gc_processor_max_time = 2
${DNS_NAME:+rgw_dns_name = $DNS_NAME}
# let server-side-encryption headers through without TLS
rgw_crypt_require_ssl = false
# temporary credentials: a made-up key of 16 letters that seals their tokens
rgw_sts_key = s3rigs3rigs3rigs
rgw_s3_auth_use_sts = true
CONF_END

T0=$(date +%s)
say "mon"
monmaptool --create --fsid "$FSID" --addv a "[v1:127.0.0.1:$MON_PORT]" "$DIR/monmap" >/dev/null
ceph-mon -c "$CONF" -i a --mkfs --monmap "$DIR/monmap"
ceph-mon -c "$CONF" -i a --public-addr "v1:127.0.0.1:$MON_PORT"
C mon stat >/dev/null || die "mon does not answer"

say "osd"
C osd new "$OSD_UUID" >/dev/null
ceph-osd -c "$CONF" -i 0 --mkfs --osd-uuid "$OSD_UUID" >/dev/null 2>&1 || die "osd mkfs failed"
# --no-mon-config: else a daemon forgets the fsid of ceph.conf while it starts and
# is now and then refused with "wrong fsid" (then the second try gets in)
for i in 1 2 3; do ceph-osd -c "$CONF" -i 0 --no-mon-config >/dev/null 2>&1 && break; [ $i -lt 3 ] || die "osd did not start"; sleep 0.5; done
for ((i = 0; i < TIMEOUT * 2; i++)); do
  C osd stat 2>/dev/null | grep -q '1 up' && break
  sleep 0.5
done
C osd stat | grep -q '1 up' || die "osd is not up"

say "radosgw"
for i in 1 2 3; do radosgw -c "$CONF" -n client.rgw --no-mon-config >/dev/null 2>&1 && break; [ $i -lt 3 ] || die "radosgw did not start"; sleep 0.5; done
for ((i = 0; i < TIMEOUT * 2; i++)); do up && break; alive rgw || [ $i -lt 10 ] || break; sleep 0.5; done
up || die "radosgw does not answer"

say "user, bucket, CORS"
radosgw-admin -c "$CONF" -n client.rgw user create --uid=s3rig --display-name=s3rig \
  --access-key="$ACCESS_KEY" --secret-key="$SECRET_KEY" >"$DIR/user.json" 2>"$DIR/log/user.log" || die "user create failed"

# A role that the user may take on: AssumeRole of arn:aws:iam:::role/s3rig.
radosgw-admin -c "$CONF" -n client.rgw role create --role-name=s3rig --path=/ --assume-role-policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/s3rig"]},"Action":["sts:AssumeRole"]}]}' \
  >/dev/null 2>>"$DIR/log/user.log" || die "role create failed"
radosgw-admin -c "$CONF" -n client.rgw role-policy put --role-name=s3rig --policy-name=s3 --policy-doc='{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["arn:aws:s3:::*"]}]}' \
  >/dev/null 2>>"$DIR/log/user.log" || die "role-policy put failed"

# Signed S3 calls without any SDK: curl signs SigV4 itself.
s3() { # METHOD PATH [body-file]
  local sum=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
  [ -n "${3:-}" ] && sum=$(sha256sum <"$3" | cut -d' ' -f1)
  curl -fsS -m 30 --retry 5 --retry-connrefused -X "$1" --user "$ACCESS_KEY:$SECRET_KEY" \
    --aws-sigv4 "aws:amz:$REGION:s3" -H "x-amz-content-sha256: $sum" \
    ${3:+-H "Content-Type: application/xml" -H "Content-MD5: $(openssl md5 -binary "$3" | base64)" --data-binary @"$3"} \
    -o "$DIR/log/curl.out" "$URL$2"
}
cat >"$DIR/cors.xml" <<XML
<CORSConfiguration><CORSRule><ID>s3rig</ID><AllowedOrigin>$ORIGIN</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>HEAD</AllowedMethod><AllowedMethod>POST</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedMethod>DELETE</AllowedMethod><AllowedHeader>*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><ExposeHeader>Location</ExposeHeader><ExposeHeader>x-amz-request-id</ExposeHeader><ExposeHeader>x-amz-id-2</ExposeHeader><ExposeHeader>Retry-After</ExposeHeader><MaxAgeSeconds>300</MaxAgeSeconds></CORSRule></CORSConfiguration>
XML
for b in $BUCKET; do
  s3 PUT "/$b" || die "cannot create bucket $b"
  s3 PUT "/$b?cors=" "$DIR/cors.xml" || die "cannot set CORS on $b"
done

say "ready at $URL after $(($(date +%s) - T0)) s; bucket(s) $BUCKET; key $ACCESS_KEY"
say "pids: mon $(cat "$DIR/run/mon.a.pid") osd $(cat "$DIR/run/osd.0.pid") rgw $(cat "$DIR/run/rgw.pid")"
