import type { contentMessage } from '../../../../boot/internal.ts';
import type { Translation } from '../../../../fault.ts';

/** The findings on the content of a chain's files, in Korean. */
export const koreanContent: Translation<typeof contentMessage> = {
  'chain/unnamed-anchor':
    '일치하지만 검증된 것은 아닙니다. 신뢰 루트 키가 빌드에 기록된 것일 뿐 직접 지정한 것이 아닙니다',
  'chain/unnamed-anchor/remedy': '--trust KEY나 퓨즈에 기록된 --trust HASH로 신뢰할 것을 지정하세요',
  'chain/private-key': '{holder}에 개인키({form})가 들어 있습니다. 파일의 {offset} 위치입니다',
  'chain/private-key/remedy': '빼고 키를 새로 만드세요. 펌웨어를 가진 사람은 누구나 이 키를 압니다',
  'chain/private-key-in-rootfs/remedy':
    '프로그램의 시험용 키가 아니라면 빼고 새로 만드세요. 기기의 키는 기기가 직접 만들어야 합니다',
  'chain/the-image': '이미지',
  'chain/fit-finding': '{path}: {found}. {why}',
};
