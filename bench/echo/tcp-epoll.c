/* The article's stream servers made fast: a full buffer a read, by level, or by edge with -DEDGE until EAGAIN. */
#include "server.h"
#define EVENTS 1024

static char buffer[65536];

static int send_all(int fd, const char *data, ssize_t size) {
  while (size > 0) {
    ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      struct pollfd room = {fd, POLLOUT, 0};
      poll(&room, 1, 1000);
      continue;
    }
    if (sent < 0) return -1;
    data += sent;
    size -= sent;
  }
  return 0;
}

int main(void) {
  struct epoll_event events[EVENTS], event = {.events = EPOLLIN};
  int listener = bind_loopback(SOCK_STREAM), epoll = epoll_create1(0), one = 1;
  event.data.fd = listener;
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    int count = epoll_wait(epoll, events, EVENTS, -1);
    if (count < 0) fail("epoll_wait");
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (client < 0) continue;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        event.data.fd = client;
#ifdef EDGE
        event.events = EPOLLIN | EPOLLET;
#else
        event.events = EPOLLIN;
#endif
        epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
        send_all(client, "Welcome!\n", 9);
        continue;
      }
#ifdef EDGE
      for (;;) {
        ssize_t size = recv(fd, buffer, sizeof buffer, 0);
        if (size < 0 && errno == EAGAIN) break;
        if (size <= 0 || send_all(fd, buffer, size) < 0) {
          close(fd);
          break;
        }
      }
#else
      ssize_t size = recv(fd, buffer, sizeof buffer, 0);
      if (size <= 0 || send_all(fd, buffer, size) < 0) close(fd);
#endif
    }
  }
}
