/* A datagram server that blocks in recvmmsg for as many messages as wait, and sends them back with sendmmsg. */
#include "server.h"
#define MESSAGES 64
#define SLOT 2048

int main(void) {
  static char data[MESSAGES][SLOT];
  static struct sockaddr_in peers[MESSAGES];
  static struct mmsghdr headers[MESSAGES];
  static struct iovec vectors[MESSAGES];
  int fd = bind_loopback(SOCK_DGRAM);
  for (int i = 0; i < MESSAGES; i++) {
    vectors[i].iov_base = data[i];
    headers[i].msg_hdr = (struct msghdr){.msg_name = &peers[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
  }
  for (;;) {
    for (int i = 0; i < MESSAGES; i++) {
      vectors[i].iov_len = SLOT;
      headers[i].msg_hdr.msg_namelen = sizeof peers[i];
    }
    int count = recvmmsg(fd, headers, MESSAGES, MSG_WAITFORONE, NULL);
    if (count < 0) fail("recvmmsg");
    for (int i = 0; i < count; i++) vectors[i].iov_len = headers[i].msg_len;
    for (int sent = 0; sent < count;) {
      int more = sendmmsg(fd, headers + sent, count - sent, 0);
      if (more < 0) fail("sendmmsg");
      sent += more;
    }
  }
}
