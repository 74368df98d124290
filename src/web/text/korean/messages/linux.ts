import type { Translation } from '../../../../fault.ts';
import type { linuxMessage } from '../../../../linux/internal.ts';

/** Why a system has no system calls for this package, in Korean. */
export const koreanLinux: Translation<typeof linuxMessage> = {
  'linux/system-calls': '시스템 콜',
  'linux/epoll': 'epoll',
  'linux/ffi': '외부 함수 인터페이스(FFI) koffi',
  'linux/not-linux': '{platform}은(는) Linux가 아닙니다',
  'linux/no-layouts': '프로세서 {processor}의 구조체 배치가 정의되어 있지 않습니다',
};
