/**
 * Sentences of the rooms below, which travel inside faults and reports as English text: the key is the sentence as the
 * code spells it, `{}` for each part that is filled in; `{0}`, `{1}` are these parts. A test collects the sentences from
 * the code, so that a new one without a row here fails.
 */
export const koreanWords: Readonly<Record<string, string>> = {
  // binary
  'the text has no terminator': '텍스트에 끝 표시(NUL)가 없습니다',
  'bytes after the terminator': '끝 표시 뒤에 바이트가 있습니다',
  'the text is not UTF-8': '텍스트가 UTF-8이 아닙니다',
  'the text holds a NUL': '텍스트 안에 NUL이 있습니다',

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

  // verity
  'the tree reaches past 2^53 bytes': '트리가 2^53바이트를 넘습니다',
  '{} is no multiple of 512 below 2^53': '{0}은(는) 2^53보다 작은 512의 배수가 아닙니다',
  '{} leaves no space below 2^53': '{0} 뒤에는 2^53까지 자리가 없습니다',
  '{} is no multiple of the hash block size {}, and no superblock stands before the tree':
    '{0}은(는) 해시 블록 크기 {1}의 배수가 아니며 트리 앞에 슈퍼블록도 없습니다',
  'more than {} levels of hashes': '해시 레벨이 {0}개보다 많습니다',
  '{} is neither 0 nor 1': '{0}은(는) 0도 1도 아닙니다',
  'unknown hash {}': '알 수 없는 해시 {0}',
  '{} is no number of blocks': '{0}은(는) 블록 수가 아닙니다',
  '{} blocks of {} bytes reach past 2^53': '{1}바이트 블록 {0}개는 2^53을 넘습니다',
  'longer than {} bytes': '{0}바이트보다 깁니다',
  '{} is no power of two from {} to {}': '{0}은(는) {1}에서 {2} 사이의 2의 거듭제곱이 아닙니다',
  'blocks {} to {} are not all among the {} data blocks': '블록 {0}–{1}이 데이터 블록 {2}개 안에 다 들어 있지 않습니다',
  'a root hash that was never parsed': '해석된 적이 없는 루트 해시',
  'upper-case digits; a signature covers lower case': '대문자로 적혀 있습니다. 서명은 소문자를 대상으로 합니다',
  'character {} is no hexadecimal digit': '{0}번째 문자가 16진수가 아닙니다',
  '{} digits where {} gives {}': '{0}자리인데 {1}이라면 {2}자리여야 합니다',
  'it covers the root hash {}': '서명된 것은 루트 해시({0})입니다',
  'root hash signature': '루트 해시 서명',
  'with a line break behind it': '뒤에 줄 바꿈이 있음',
  'with CR LF behind it': '뒤에 CR LF가 있음',
  'in upper case': '대문자',
  'in binary': '이진 값',
  'with a NUL behind it': '뒤에 NUL이 있음',
  "{} bytes, and a key in the kernel's keyring holds {}": '{0}바이트인데 커널 키링의 키에는 {1}바이트까지만 들어갑니다',
  'a salt of {} bytes does not fit into {}': '{0}바이트 솔트는 {1}바이트에 들어가지 않습니다',
  'a byte behind the salt is not zero': '솔트 뒤의 바이트가 0이 아닙니다',
  data: '데이터',
  hash: '해시',
  'error correction': '오류 정정',

  // FIT

  // the inspector's own values
  'the command line in {}': '{0}의 커널 명령줄',
  'the certificate in {}': '{0} 안의 인증서',
  'at most {} bytes': '최대 {0}바이트',
};
