import type { binaryMessage } from '../../../../binary/internal.ts';
import type { Translation } from '../../../../fault.ts';

export const koreanBinary: Translation<typeof binaryMessage> = {
  'binary/no-terminator': '텍스트에 끝 표시(NUL)가 없습니다',
  'binary/after-terminator': '끝 표시 뒤에 바이트가 있습니다',
  'binary/not-utf8': '텍스트가 UTF-8이 아닙니다',
  'binary/nul': '텍스트 안에 NUL이 있습니다',
};
