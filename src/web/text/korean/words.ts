/**
 * Sentences of the rooms below, which travel inside faults and reports as English text: the key is the sentence as the
 * code spells it, `{}` for each part that is filled in; `{0}`, `{1}` are these parts. A test collects the sentences from
 * the code, so that a new one without a row here fails.
 */
export const koreanWords: Readonly<Record<string, string>> = {
  // binary

  // U-Boot binaries
  'behind the code': '코드 뒤',
  'in the code': '코드 안',
  'only one': '유일한 것',

  // crypto

  // pki

  // device tree
  'the number of nodes and properties': '노드와 속성의 수',
  node: '노드',
  property: '속성',

  // what trees are for
  'flash map': '플래시 맵',

  // fit: what loaders pass over

  'the text has no terminator': '텍스트에 끝 표시(NUL)가 없습니다',
  'the text is not UTF-8': '텍스트가 UTF-8이 아닙니다',

  // verity
  'a root hash that was never parsed': '해석된 적이 없는 루트 해시',
  'root hash signature': '루트 해시 서명',
  data: '데이터',
  hash: '해시',
  'error correction': '오류 정정',

  // FIT

  // the inspector's own values
  'the command line in {}': '{0}의 커널 명령줄',
  'the certificate in {}': '{0} 안의 인증서',
  'at most {} bytes': '최대 {0}바이트',
};
