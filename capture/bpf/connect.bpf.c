// Who asks for a TCP connection, told by the kernel at the moment it is asked.
//
// A socket goes from CLOSE to SYN_SENT inside connect(2), while the asking process runs; its port is chosen only after that (tcp_v4_connect,
// tcp_v6_connect). So that moment says who, and the next change of the socket's state, which may happen anywhere, says between what ends.
//
// The kernel's structures are named here with no more than what is read of them; where that stands the loader finds out of the running
// kernel's own types (BTF). Helpers are called by their numbers in linux/bpf.h; bpf-helpers(7) says what they do. Linux 5.12 has all of them.
//
// This file may be used under the GPL, version 2, as well as under the licences of the project: the kernel shows its structures to no other.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SECTION(name) __attribute__((section(name), used))
#define KERNEL __attribute__((preserve_access_index))

// linux/socket.h, linux/in.h, net/tcp_states.h, linux/sched.h
enum { AF_INET = 2, AF_INET6 = 10, IPPROTO_TCP = 6, TCP_SYN_SENT = 2, PF_KTHREAD = 0x00200000 };
// linux/bpf.h
enum { BPF_MAP_TYPE_LRU_HASH = 9, BPF_MAP_TYPE_RINGBUF = 27, BPF_ANY = 0 };

struct in6_addr {
	u8 bytes[16];
};
struct ns_common {
	u32 inum;
} KERNEL;
struct net {
	struct ns_common ns;
} KERNEL;
typedef struct {
	struct net *net;
} KERNEL possible_net_t;
struct sock_common {
	u32 skc_daddr, skc_rcv_saddr;
	u16 skc_dport, skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} KERNEL;
struct sock {
	struct sock_common __sk_common;
	u16 sk_protocol;
} KERNEL;
struct inet_sock {
	u16 inet_sport;
} KERNEL;
struct task_struct {
	u32 flags;
	int tgid;
	u64 start_boottime;
	struct task_struct *group_leader;
} KERNEL;

static void *(*const map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*const map_update_elem)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const map_delete_elem)(void *map, const void *key) = (void *)3;
static u64 (*const get_socket_cookie)(void *sock) = (void *)46;
static long (*const probe_read_kernel)(void *into, u32 len, const void *from) = (void *)113;
static void *(*const ringbuf_reserve)(void *map, u64 len, u64 flags) = (void *)131;
static void (*const ringbuf_submit)(void *record, u64 flags) = (void *)132;
static struct task_struct *(*const get_current_task_btf)(void) = (void *)158;

// A process: its number, and when it began by CLOCK_BOOTTIME.
struct process {
	u64 start_ns;
	u64 pid;
};

// What is told. `wire::connect` reads it; ports are in the order of the network.
struct connect {
	u64 start_ns;
	u64 lost;
	u32 pid;
	u16 local_port, remote_port;
	u8 local[16], remote[16];
};
_Static_assert(sizeof(struct connect) == 56, "wire::connect expects as much");

// Who asked for the connections that are not known to be answered. By the socket's cookie, which is never given out twice.
struct {
	int (*type)[BPF_MAP_TYPE_LRU_HASH];
	int (*max_entries)[16384];
	u64 *key;
	struct process *value;
} asking SECTION(".maps");

struct {
	int (*type)[BPF_MAP_TYPE_RINGBUF];
	int (*max_entries)[256 << 10];
} told SECTION(".maps");

// The network namespace whose connections are told, as the loader says.
volatile const u32 own_namespace = 0;
// How many found no room.
u64 lost = 0;

static void remember(u64 cookie)
{
	struct task_struct *task = get_current_task_btf();
	struct process process = { .start_ns = task->group_leader->start_boottime, .pid = task->tgid };

	// The kernel connects for itself, too.
	if (task->flags & PF_KTHREAD || map_update_elem(&asking, &cookie, &process, BPF_ANY))
		map_delete_elem(&asking, &cookie);
}

// An IPv4 address as IPv6 writes it: ::ffff:a.b.c.d.
static void put_mapped(u8 *into, u32 addr)
{
	u32 *words = (u32 *)into;

	words[0] = words[1] = 0;
	into[8] = into[9] = 0;
	into[10] = into[11] = 0xff;
	words[3] = addr;
}

static void tell(struct sock *sk, u16 local_port, const struct process *process)
{
	struct connect *connect = ringbuf_reserve(&told, sizeof(*connect), 0);

	if (!connect) {
		__sync_fetch_and_add(&lost, 1);
		return;
	}
	connect->start_ns = process->start_ns;
	connect->lost = *(volatile u64 *)&lost;
	connect->pid = process->pid;
	connect->local_port = local_port;
	connect->remote_port = sk->__sk_common.skc_dport;
	if (sk->__sk_common.skc_family == AF_INET) {
		put_mapped(connect->local, sk->__sk_common.skc_rcv_saddr);
		put_mapped(connect->remote, sk->__sk_common.skc_daddr);
	} else {
		probe_read_kernel(connect->local, 16, &sk->__sk_common.skc_v6_rcv_saddr);
		probe_read_kernel(connect->remote, 16, &sk->__sk_common.skc_v6_daddr);
	}
	ringbuf_submit(connect, 0);
}

// The tracepoint's arguments: the socket, its state until now, its state from now on.
SECTION("tp_btf/inet_sock_set_state") int inet_sock_set_state(u64 *arguments)
{
	struct sock *sk = (struct sock *)arguments[0];
	u32 before = arguments[1], after = arguments[2];
	u16 family = sk->__sk_common.skc_family;
	struct process *process;
	u16 local_port = 0;
	u64 cookie;

	if ((before != TCP_SYN_SENT && after != TCP_SYN_SENT) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	if ((family != AF_INET && family != AF_INET6) || sk->__sk_common.skc_net.net->ns.inum != own_namespace)
		return 0;
	cookie = get_socket_cookie(sk);
	if (after == TCP_SYN_SENT) {
		remember(cookie);
		return 0;
	}
	process = map_lookup_elem(&asking, &cookie);
	if (!process)
		return 0;
	// None was to be had, or nothing was sent.
	probe_read_kernel(&local_port, sizeof(local_port), &((struct inet_sock *)sk)->inet_sport);
	if (local_port)
		tell(sk, local_port, process);
	map_delete_elem(&asking, &cookie);
	return 0;
}

char licence[] SECTION("license") = "Dual MIT/GPL";
