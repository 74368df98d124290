/*
 * A TFTP client that does nothing but fetch: the same load for every server.
 *
 *   tftp-load ADDRESS PORT NAME BLKSIZE WINDOWSIZE  ->  SECONDS BYTES BLKSIZE WINDOWSIZE REPEATS CHECKSUM
 *
 * It takes what the server grants, keeps the block order strict, and answers a gap once. Blocks are read with
 * recvmmsg, as many as wait. The checksum is the sum of the first and last byte of each block: enough to notice
 * wrong data, too little to be measured.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, LARGEST = 65468, TRIES = 50 };

static unsigned char data[BATCH][LARGEST];
static struct mmsghdr messages[BATCH];
static struct iovec vectors[BATCH];

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static int add(unsigned char *request, int at, const char *text) {
  return at + sprintf((char *)request + at, "%s", text) + 1;
}

static void acknowledge(int fd, uint64_t block) {
  unsigned char packet[4] = {0, 4, block >> 8 & 255, block & 255};
  send(fd, packet, sizeof packet, 0);
}

int main(int count, char **words) {
  if (count != 6) return 2;
  int block = atoi(words[4]), window = atoi(words[5]);
  struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(atoi(words[2]))};
  inet_pton(AF_INET, words[1], &server.sin_addr);

  unsigned char request[512] = {0, 1};
  char number[16];
  int size = add(request, add(request, 2, words[3]), "octet");
  if (block != 512) {
    sprintf(number, "%d", block);
    size = add(request, add(request, size, "blksize"), number);
  }
  if (window != 1) {
    sprintf(number, "%d", window);
    size = add(request, add(request, size, "windowsize"), number);
  }

  int fd = socket(AF_INET, SOCK_DGRAM, 0), room = 8 << 20;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) != 0)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  struct timeval patience = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  for (int i = 0; i < BATCH; i++) {
    vectors[i] = (struct iovec){data[i], LARGEST};
    messages[i].msg_hdr.msg_iov = &vectors[i];
    messages[i].msg_hdr.msg_iovlen = 1;
  }

  struct sockaddr_in peer;
  socklen_t length = sizeof peer;
  double start = seconds();
  int got = -1, tries = 0;
  while (got < 0) {
    if (tries++ == TRIES) return 1;
    sendto(fd, request, size, 0, (struct sockaddr *)&server, sizeof server);
    got = recvfrom(fd, data[0], LARGEST, 0, (struct sockaddr *)&peer, &length);
  }
  connect(fd, (struct sockaddr *)&peer, sizeof peer);
  messages[0].msg_len = got;
  /* Without options, these are the sizes. */
  int granted = 512, grantedWindow = 1;
  uint64_t next = 1, acknowledged = 0, bytes = 0, sum = 0;
  int repeats = 0, reported = 0, done = 0, waiting = 1;
  for (;;) {
    for (int i = 0; i < waiting && !done; i++) {
      unsigned char *packet = data[i];
      int payload = (int)messages[i].msg_len - 4;
      if (packet[1] == 5) {
        fprintf(stderr, "error %d: %s\n", packet[3], packet + 4);
        return 1;
      }
      if (packet[1] == 6) {
        for (char *at = (char *)packet + 2, *end = (char *)packet + messages[i].msg_len; at < end;) {
          char *name = at, *value = at + strlen(at) + 1;
          at = value + strlen(value) + 1;
          if (strcasecmp(name, "blksize") == 0) granted = atoi(value);
          if (strcasecmp(name, "windowsize") == 0) grantedWindow = atoi(value);
        }
        acknowledge(fd, 0);
        continue;
      }
      if (packet[1] != 3) continue;
      if ((packet[2] << 8 | packet[3]) != (int)(next & 0xffff)) {
        repeats++;
        if (!reported) acknowledge(fd, acknowledged = next - 1);
        reported = 1;
        continue;
      }
      bytes += payload;
      if (payload > 0) sum += packet[4] + packet[3 + payload];
      next++;
      reported = 0;
      done = payload < granted;
      if (done || next - 1 - acknowledged >= (uint64_t)grantedWindow) acknowledge(fd, acknowledged = next - 1);
    }
    if (done) break;
    waiting = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
    if (waiting < 0) {
      if (errno != EAGAIN || repeats++ > TRIES) return 1;
      acknowledge(fd, acknowledged = next - 1);
      waiting = 0;
    }
  }
  printf("%.6f %lu %d %d %d %lu\n", seconds() - start, bytes, granted, grantedWindow, repeats, sum);
  return 0;
}
