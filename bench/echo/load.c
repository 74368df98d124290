/*
 * Closed-loop load: keeps a window of messages under way and counts what comes back.
 *   load udp PORT WINDOW SIZE SECONDS        one socket, batches of up to 64
 *   load gso PORT WINDOW SIZE SECONDS        the same in bursts that the kernel cuts and joins
 *   load tcp PORT CONNECTIONS DEPTH SIZE SECONDS
 *   load idle PORT CONNECTIONS               connects, says "idle", waits for the end of its input
 * Prints {"rate": messages/s, "p50": µs, "p99": µs, "lost": n, "all": messages from the first on, "busy": part of the
 * time that it computed itself}.
 */
#include "server.h"
#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif
#define BATCH 64
#define BUCKETS 4096
#define EVENTS 512

static uint64_t counts[BUCKETS], messages, all, lost, begin_ns, start_ns, end_ns;

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t now(void) {
  return nanoseconds(CLOCK_MONOTONIC);
}

/* Sixteen buckets for each power of two: 6 % is as fine as a percentile needs to be. */
static int bucket(uint64_t ns) {
  if (ns < 16) return ns;
  int power = 63 - __builtin_clzll(ns);
  return (power - 3) * 16 + ((ns >> (power - 4)) & 15);
}

static double bucket_ns(int index) {
  if (index < 16) return index;
  int power = index / 16 + 3;
  return (double)((16ull + index % 16) << (power - 4));
}

static void took(uint64_t ns, uint64_t at) {
  all++;
  if (at < start_ns) return;
  messages++;
  counts[bucket(ns)]++;
}

static double percentile(double part) {
  uint64_t want = messages * part, sum = 0;
  for (int i = 0; i < BUCKETS; i++)
    if ((sum += counts[i]) > want) return bucket_ns(i) / 1000;
  return 0;
}

static void report(void) {
  double seconds = (now() - start_ns) / 1e9;
  double busy = (double)nanoseconds(CLOCK_PROCESS_CPUTIME_ID) / (now() - begin_ns);
  printf("{\"rate\":%.0f,\"p50\":%.2f,\"p99\":%.2f,\"lost\":%lu,\"all\":%lu,\"busy\":%.3f}\n", messages / seconds,
         percentile(.5), percentile(.99), lost, all, busy);
}

static void begin(double seconds) {
  begin_ns = now();
  start_ns = begin_ns + 300000000ull;
  end_ns = start_ns + (uint64_t)(seconds * 1e9);
}

static int connect_loopback(int type, int port) {
  int fd = socket(AF_INET, type, 0), size = 4 << 20;
  if (type == SOCK_DGRAM) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct timeval wait = {0, 200000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (void *)&address, sizeof address) < 0) fail("connect");
  return fd;
}

static void load_udp(int port, int window, int size, double seconds) {
  static char out[BATCH][2048], in[BATCH][2048];
  struct mmsghdr sends[BATCH] = {0}, receives[BATCH] = {0};
  struct iovec outs[BATCH], ins[BATCH];
  int fd = connect_loopback(SOCK_DGRAM, port);
  for (int i = 0; i < BATCH; i++) {
    outs[i] = (struct iovec){out[i], size};
    ins[i] = (struct iovec){in[i], sizeof in[i]};
    sends[i].msg_hdr = (struct msghdr){.msg_iov = &outs[i], .msg_iovlen = 1};
    receives[i].msg_hdr = (struct msghdr){.msg_iov = &ins[i], .msg_iovlen = 1};
  }
  begin(seconds);
  int credit = window;
  for (uint64_t t = now(); t < end_ns; t = now()) {
    while (credit > 0) {
      int count = credit < BATCH ? credit : BATCH;
      t = now();
      for (int i = 0; i < count; i++) memcpy(out[i], &t, sizeof t);
      int sent = sendmmsg(fd, sends, count, 0);
      if (sent < 0) fail("sendmmsg");
      credit -= sent;
    }
    int count = recvmmsg(fd, receives, BATCH, MSG_WAITFORONE, NULL);
    if (count < 0) {
      if (errno != EAGAIN) fail("recvmmsg");
      lost += window;
      credit = window;
      continue;
    }
    t = now();
    for (int i = 0; i < count; i++) {
      uint64_t then;
      memcpy(&then, in[i], sizeof then);
      took(t - then, t);
    }
    credit += count;
  }
  report();
}

static void load_gso(int port, int window, int size, double seconds) {
  static char out[65536], in[65536];
  int fd = connect_loopback(SOCK_DGRAM, port), one = 1;
  if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) < 0) fail("UDP_SEGMENT");
  if (setsockopt(fd, SOL_UDP, UDP_GRO, &one, sizeof one) < 0) fail("UDP_GRO");
  begin(seconds);
  int credit = window;
  for (uint64_t t = now(); t < end_ns; t = now()) {
    while (credit > 0) {
      int count = credit < BATCH ? credit : BATCH;
      t = now();
      for (int i = 0; i < count; i++) memcpy(out + i * size, &t, sizeof t);
      if (send(fd, out, count * size, 0) < 0) fail("send");
      credit -= count;
    }
    ssize_t got = recv(fd, in, sizeof in, 0);
    if (got < 0) {
      if (errno != EAGAIN) fail("recv");
      lost += window;
      credit = window;
      continue;
    }
    t = now();
    for (int at = 0; at + size <= got; at += size) {
      uint64_t then;
      memcpy(&then, in + at, sizeof then);
      took(t - then, t);
      credit++;
    }
  }
  report();
}

struct connection {
  int fd, skip, head, tail;
  ssize_t to_send, rest;
  uint64_t *sent_at;
};

static char *pattern;
static aio_context_t asynchronous;
static struct iocb requests[EVENTS];
static ssize_t outcomes[EVENTS];

static void request(int index, int kind, int fd, char *data, size_t size) {
  requests[index] = (struct iocb){
    .aio_data = index, .aio_lio_opcode = kind, .aio_fildes = fd, .aio_buf = (uintptr_t)data, .aio_nbytes = size};
}

/*
 * Reads and writes what was requested; an outcome is a length or a negative errno. All go down in one call where the
 * kernel has it (man 2 io_submit): a generator that makes a call for each would measure itself.
 */
static void submit(int count) {
  static struct iocb *list[EVENTS];
  static struct io_event ends[EVENTS];
  if (asynchronous == 0) {
    for (int i = 0; i < count; i++) {
      struct iocb *one = &requests[i];
      char *data = (char *)(uintptr_t)one->aio_buf;
      outcomes[i] = one->aio_lio_opcode == IOCB_CMD_PREAD ? recv(one->aio_fildes, data, one->aio_nbytes, 0)
                                                          : send(one->aio_fildes, data, one->aio_nbytes, MSG_NOSIGNAL);
      if (outcomes[i] < 0) outcomes[i] = -errno;
    }
    return;
  }
  for (int i = 0; i < count; i++) list[i] = &requests[i];
  for (long at = 0, more; at < count; at += more)
    if ((more = syscall(SYS_io_submit, asynchronous, count - at, list + at)) <= 0) fail("io_submit");
  for (long at = 0, more; at < count; at += more) {
    if ((more = syscall(SYS_io_getevents, asynchronous, 1, EVENTS, ends, NULL)) < 0) fail("io_getevents");
    for (long i = 0; i < more; i++) outcomes[ends[i].data] = ends[i].res;
  }
}

static void fill(struct connection *c, int count, int depth, int size) {
  uint64_t t = now();
  for (int i = 0; i < count; i++) {
    c->sent_at[c->tail] = t;
    c->tail = (c->tail + 1) % (depth + 1);
  }
  c->to_send += (ssize_t)count * size;
}

/* The pattern repeats with each message: sending goes on where the last message was cut. */
static void request_send(int index, struct connection *c, int depth, int size) {
  ssize_t at = (size - c->to_send % size) % size;
  ssize_t length = (ssize_t)depth * size - at;
  request(index, IOCB_CMD_PWRITE, c->fd, pattern + at, c->to_send < length ? c->to_send : length);
}

/* Takes what was read; answers come back whole or in parts. */
static void take(struct connection *c, ssize_t got, int depth, int size) {
  if (got == -EAGAIN) return;
  if (got <= 0) fail("recv");
  int skipped = got < c->skip ? got : c->skip, done = 0;
  c->skip -= skipped;
  c->rest += got - skipped;
  uint64_t t = now();
  for (; c->rest >= size; c->rest -= size, done++) {
    took(t - c->sent_at[c->head], t);
    c->head = (c->head + 1) % (depth + 1);
  }
  if (done > 0) fill(c, done, depth, size);
}

/* Sends for each what it still has to say, until there is no more, or no room. */
static void send_all(struct connection **ready, int count, int depth, int size) {
  while (count > 0) {
    int left = 0;
    for (int i = 0; i < count; i++)
      if (ready[i]->to_send > 0) ready[left++] = ready[i];
    for (int i = 0; i < left; i++) request_send(i, ready[i], depth, size);
    submit(left);
    count = 0;
    for (int i = 0; i < left; i++) {
      if (outcomes[i] == -EAGAIN) continue;
      if (outcomes[i] < 0) fail("send");
      ready[i]->to_send -= outcomes[i];
      ready[count++] = ready[i];
    }
  }
}

static void load_tcp(int port, int connections, int depth, int size, double seconds) {
  /* More than a connection can have under way: a read empties it, and what comes later is a new edge. */
  static char in[1 << 20];
  struct connection *all = calloc(connections, sizeof *all), *ready[EVENTS];
  struct epoll_event events[EVENTS];
  int epoll = epoll_create1(0);
  if (syscall(SYS_io_setup, EVENTS, &asynchronous) < 0) asynchronous = 0;
  pattern = malloc((size_t)depth * size);
  memset(pattern, 'm', (size_t)depth * size);
  for (int i = 1; i <= depth; i++) pattern[(size_t)i * size - 1] = 0;
  for (int i = 0; i < connections; i++) {
    struct connection *c = &all[i];
    int one = 1;
    *c = (struct connection){.fd = connect_loopback(SOCK_STREAM, port), .skip = 9, .sent_at = calloc(depth + 1, 8)};
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  }
  begin(seconds);
  /* A connection that was just made is writable, which is the first edge of each. */
  for (int i = 0; i < connections; i++) fill(&all[i], depth, depth, size);
  while (now() < end_ns) {
    int count = epoll_wait(epoll, events, EVENTS, 500);
    for (int i = 0; i < count; i++) {
      ready[i] = events[i].data.ptr;
      request(i, IOCB_CMD_PREAD, ready[i]->fd, in, sizeof in);
    }
    submit(count);
    for (int i = 0; i < count; i++) take(ready[i], outcomes[i], depth, size);
    send_all(ready, count, depth, size);
  }
  report();
}

static void load_idle(int port, int connections) {
  char welcome[9];
  for (int i = 0; i < connections; i++) {
    int fd = connect_loopback(SOCK_STREAM, port);
    if (recv(fd, welcome, sizeof welcome, MSG_WAITALL) != sizeof welcome) fail("welcome");
  }
  printf("idle\n");
  fflush(stdout);
  getchar();
}

int main(int count, char **arguments) {
  if (count < 4) return 2;
  int number[4] = {0};
  for (int i = 0; i < 4 && i + 2 < count; i++) number[i] = atoi(arguments[i + 2]);
  double seconds = atof(arguments[count - 1]);
  if (!strcmp(arguments[1], "udp")) load_udp(number[0], number[1], number[2], seconds);
  else if (!strcmp(arguments[1], "gso")) load_gso(number[0], number[1], number[2], seconds);
  else if (!strcmp(arguments[1], "tcp")) load_tcp(number[0], number[1], number[2], number[3], seconds);
  else if (!strcmp(arguments[1], "idle")) load_idle(number[0], number[1]);
  else return 2;
  return 0;
}
