import type { Translation } from '../../../../fault.ts';
import type { fileMessage } from '../../../../file/internal.ts';

export const koreanFile: Translation<typeof fileMessage> = {
  'file/not-regular': '일반 파일도 블록 장치도 아닙니다',
  'file/no-device-size': '장치의 크기를 알 수 없습니다',
  'file/folder': '폴더입니다',
  'file/too-large': '{size}바이트로, 한도인 {limit}바이트보다 큽니다',
  'file/named-pipe': '이름 있는 파이프입니다',
  'file/larger': '{limit}바이트보다 큽니다',
  'file/missing': '그런 파일이나 폴더가 없습니다',
  'file/permission-denied': '권한이 없습니다',
  'file/not-permitted': '허용되지 않습니다',
  'file/not-folder': '경로의 일부가 폴더가 아닙니다',
  'file/no-space': '장치에 남은 공간이 없습니다',
  'file/read-only': '읽기 전용 파일 시스템입니다',
  'file/exists': '이미 있습니다',
  'file/too-many-open': '열린 파일이 너무 많습니다',
  'file/port-in-use': '포트가 사용 중입니다',
  'file/no-reader': '소켓이거나 읽는 쪽이 없는 파이프입니다',
};
