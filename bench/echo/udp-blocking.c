/* The article's datagram server, with a buffer that no datagram overflows: one call for each way of each message. */
#include "server.h"

int main(void) {
  static char buffer[65536];
  int fd = bind_loopback(SOCK_DGRAM);
  for (;;) {
    struct sockaddr_in peer;
    socklen_t length = sizeof peer;
    ssize_t size = recvfrom(fd, buffer, sizeof buffer, 0, (void *)&peer, &length);
    if (size < 0) fail("recvfrom");
    if (sendto(fd, buffer, size, 0, (void *)&peer, length) < 0) perror("sendto");
  }
}
