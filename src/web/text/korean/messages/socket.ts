import type { Translation } from '../../../../fault.ts';
import type { socketMessage } from '../../../../socket/internal.ts';

/** Why an address or an option is refused, and why a bind or connect failed, in Korean. */
export const koreanSocket: Translation<typeof socketMessage> = {
  'socket/port': '포트는 0에서 65535까지의 숫자입니다',
  'socket/no-ip': 'IPv4 주소도 IPv6 주소도 아닙니다',
  'socket/family': '인터넷 주소도 로컬 주소도 아닙니다',
  'socket/not-of-family': '이 주소 체계의 주소가 아닙니다',
  'socket/zone': '존(zone)은 인터페이스 번호입니다',
  'socket/path': '로컬 경로는 NUL 없이 최대 {most}바이트입니다',
  'socket/not-int': '{value}은(는) C int에 들어가지 않습니다',
  'socket/the-socket': '소켓',
  'socket/not-permitted': '권한이 없습니다',
  'socket/in-use': '주소를 이미 쓰고 있습니다',
  'socket/no-interface': '이 주소를 가진 인터페이스가 없습니다',
  'socket/queue-full': '리스너의 대기열이 가득 찼습니다',
  'socket/no-family': '커널이 이 주소 체계를 지원하지 않습니다',
  'socket/refused': '그 포트에서 기다리는 서버가 없습니다',
  'socket/reset': '상대가 연결을 재설정했습니다(RST)',
  'socket/no-host': '호스트로 가는 경로가 없습니다',
  'socket/not-valid': '여기서는 쓸 수 없는 주소입니다',
  'socket/no-network': '네트워크로 가는 경로가 없습니다',
  'socket/no-file': '그런 파일이 없습니다',
  'socket/timed-out': '제때 응답이 없습니다',
};
