import type { epollMessage } from '../../../../epoll/internal.ts';
import type { Translation } from '../../../../fault.ts';

/** Why a reactor, a connection or the lab's experiment stopped, in Korean. */
export const koreanEpoll: Translation<typeof epollMessage> = {
  'epoll/the-reactor': '리액터',
  'epoll/no-answer': '{timeoutMs} ms 안에 응답이 없습니다',
  'epoll/loopback': '루프백 인터페이스의 TCP',
  'epoll/no-bytes': '바이트가 도착하지 않았습니다',
  'epoll/no-end': '스트림의 끝이 도착하지 않았습니다',
  'epoll/not-accepted': '연결이 수락되지 않았습니다',
};
