import type { serveMessage } from '../../../../boot/internal.ts';
import type { Translation } from '../../../../fault.ts';

/** The messages of serving a chain, in Korean. */
export const koreanServe: Translation<typeof serveMessage> = {
  'serve/not-verified': '신뢰 체인이 검증되지 않았습니다',
  'serve/changed': '검증한 뒤에 파일이 바뀌었습니다',
  'serve/refused-check': '거부됨: {check}',
  'serve/connection-ended': '연결이 도중에 끊겼습니다',
  'images/missing': '그런 파일이 없습니다',
  'images/too-large': '파일이 {size}바이트로, 한도 {limit}바이트를 넘습니다',
  'images/url': 'tftp://HOST[:PORT]/ 형식이어야 합니다',
  'images/port': '포트는 1에서 65535 사이여야 합니다',
  'report/too-many': '이미 보드 {limit}개의 보고를 보관하고 있습니다',
  'report/name': '보고만 받습니다: {folder}/NAME',
  'report/too-long': '{limit}바이트보다 깁니다',
  'report/not-utf8': '텍스트가 UTF-8이 아닙니다',
  'report/not-json': 'JSON이 아닙니다: {flaw}',
  'report/no-stage': '거부에는 단계가 적혀 있어야 합니다',
  'report/contradiction': '검증됨과 거부됨이 함께 적혀 있습니다',
  'report/counters': '거부되었는데 카운터를 올립니다',
  'report/version': '버전이 {version}이(가) 아닙니다',
  'report/steps': 'steps는 항목이 {limit}개 이하인 목록이어야 합니다',
  'report/line': 'verdict=…, stage=…, reason=… 형식이 아닌 줄이 있습니다',
  'report/twice': '{key}이(가) 두 번 적혀 있습니다',
  'report/not-object': '{member}이(가) 객체가 아닙니다',
  'report/unknown-key': '{member}에 알 수 없는 키가 있습니다',
  'report/not-one-of': '{member}은(는) {values} 중 하나여야 합니다',
  'report/not-text': '{member}은(는) {limit}자 이하의 텍스트여야 합니다',
  'report/control-character': '{member}에 제어 문자가 있습니다',
  'report/counter': '카운터는 2^32보다 작은 정수여야 합니다',
};
