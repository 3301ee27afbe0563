#!/bin/bash
# network.sh RANKS RATE [arguments of "bench ranks"]: ranks in network namespaces of their own, each behind a link of this rate (tc: 1gbit, 100mbit). Needs root,
# iproute2 and MPICH, whose launcher reaches its ranks through inherited sockets. Prints what the benchmark prints, and the bytes that each link sent.
set -euo pipefail

ranks=$1 rate=$2
shift 2
bench=${BENCH:-$(dirname "$0")/../bin/Release/net10.0/ConvNeXt.Benchmarks.dll}

clean() {
  for ((i = 0; i < ranks; i++)); do
    ip link del "rank$i" 2>/dev/null || true # a namespace would take a moment to drop its end
    ip netns del "rank$i" 2>/dev/null || true
  done
  ip link del ranks 2>/dev/null || true
}
trap clean EXIT
clean
ip link add ranks type bridge
ip link set ranks up
for ((i = 0; i < ranks; i++)); do
  ip netns add "rank$i"
  ip link add "rank$i" type veth peer name eth0 netns "rank$i"
  ip link set "rank$i" master ranks up
  ip -n "rank$i" addr add "10.77.0.$((i + 1))/24" dev eth0
  ip -n "rank$i" link set eth0 up
  ip -n "rank$i" link set lo up
  ip netns exec "rank$i" tc qdisc add dev eth0 root tbf rate "$rate" burst 256kb latency 50ms
done

# Without memory that ranks share, as if they were on different machines.
export MPIR_CVAR_NOLOCAL=1 UCX_TLS=tcp,self UCX_NET_DEVICES=eth0
mpirun.mpich -n "$ranks" bash -c 'exec ip netns exec "rank$PMI_RANK" unshare -u bash -c "hostname rank$PMI_RANK; exec \"\$@\"" rank "$@"' rank dotnet "$bench" ranks "$@"
for ((i = 0; i < ranks; i++)); do
  ip -n "rank$i" -s -j link show eth0 | sed -E "s/.*\"tx\":\{\"bytes\":([0-9]+).*/rank $i sent \1 bytes/"
done
