import type { Translation } from '../../../../fault.ts';
import type { placeMessage } from '../../../inspector/place.ts';

/** The page's own reasons, in Korean. */
export const koreanWeb: Translation<typeof placeMessage> = {
  'web/became-shorter': '읽는 동안 파일이 짧아졌습니다',
  'web/server-answer': '서버의 응답: {status}',
};
