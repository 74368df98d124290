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
  'its code ends at {}, where U-Boot looks for its tree, and the tree at {} is not there':
    'U-Boot가 트리를 찾는 코드의 끝은 {0}인데 트리는 그곳이 아니라 {1}에 있습니다',
  'it cannot be read': '읽을 수 없습니다',
  'an image tree is among them, of whose trees the board chooses one':
    'FIT 이미지가 섞여 있으며 보드가 그 안의 트리 가운데 하나를 고릅니다',
  'where the code ends, and U-Boot reads, the bytes do not tell':
    '코드가 어디서 끝나고 U-Boot가 어디를 읽는지 바이트만으로는 알 수 없습니다',
  'none is at {}, where the code ends': '코드가 끝나는 {0}에는 트리가 없습니다',
  'U-Boot reads the one at {}, or with CONFIG_OF_EMBED the one in its code':
    'U-Boot는 {0}의 트리를 읽고, CONFIG_OF_EMBED로 빌드되었으면 코드 안의 트리를 읽습니다',
  'U-Boot reads the one at {}, where its code ends, and no other': 'U-Boot는 코드가 끝나는 {0}의 트리만 읽습니다',
  'they lie in an image tree, of which the board chooses one':
    'FIT 이미지 안에 있으며 보드가 그 가운데 하나를 고릅니다',
  'no device tree is in it': '안에 디바이스 트리가 없습니다',
  'none is at {}, where its code ends and U-Boot looks': 'U-Boot가 찾는 코드의 끝 {0}에 트리가 없습니다',

  // crypto

  // pki

  // device tree
  'the number of nodes and properties': '노드와 속성의 수',
  node: '노드',
  property: '속성',

  // FIP
  'version {}, where 3 must stand': '버전이 {0}입니다. 3이어야 합니다',
  'no extensions': '확장이 없습니다',
  '{} is critical and unknown': '{0}은(는) 필수(critical) 확장이지만 알 수 없습니다',
  'it says nothing of {}, as {} must': '{1}이라면 있어야 할 {0}에 대한 내용이 없습니다',
  'it speaks of {}, which is not for {} to do': '{1}이(가) 다룰 수 없는 {0}에 대한 내용이 있습니다',
  'the counter {}': '카운터 {0}',
  'the image {}': '이미지 {0}',
  'the key {}': '키 {0}',
  'the {}': '{0}',
  'the counter {} has more than four bytes': '카운터 {0}이(가) 4바이트보다 깁니다',
  'not verified: ': '검증되지 않음: ',
  'there is nothing to verify': '검증할 것이 없습니다',
  'it has no entries, or none but those that are allowed to be unsigned':
    '항목이 없거나, 서명이 없어도 되는 항목뿐입니다',
  'nothing vouches for it': '보증하는 것이 없습니다',
  'there is nothing that could be verified': '검증할 수 있는 것이 없습니다',
  'no trust anchor for {} was given': '{0}에 쓸 신뢰할 키가 주어지지 않았습니다',
  'no trust anchor': '신뢰할 키가 없습니다',
  '{}, which would vouch for it, is not here': '이것을 보증할 {0}이(가) 없습니다',
  '{} is a key handle': '{0}은(는) 키 핸들입니다',
  '{} is not verified': '{0}이(가) 검증되지 않았습니다',
  '{} is refused': '{0}이(가) 거부되었습니다',
  '{} bytes are no certificate': '{0}바이트는 인증서가 아닙니다',
  'signed with PKCS#1 v1.5, where PSS is meant': 'PSS여야 하지만 PKCS#1 v1.5로 서명되었습니다',
  'rolled back: {} is {}, the device is at {}': '롤백: {0}의 값은 {1}, 기기는 {2}입니다',
  'vouched for, not in this FIP': '보증되지만 이 FIP에 없습니다',
  '{} has a digest of zeros for it: it vouches for no image':
    '{0}의 다이제스트가 모두 0입니다. 보증하는 이미지가 없다는 뜻입니다',
  '{} vouches for it with {}, which is too weak': '{0}이(가) 너무 약한 {1}(으)로 보증합니다',
  '{} {}, {} vouches for {}': '{0} 값은 {1}인데 {2}이(가) 보증하는 값은 {3}입니다',
  'a handle of a key in the security engine (0x{}), which only the device can follow':
    '보안 엔진 안의 키 핸들(0x{0})이며 기기만 따라갈 수 있습니다',
  'refused by {}: {}': '{0} 빌드가 거부합니다: {1}',
  'signed by another root: {}': '다른 루트가 서명했습니다: {0}',
  'it names another {} than the one that signed it': '서명한 것과 다른 {0}을(를) 적고 있습니다',
  unknown: '알 수 없음',
  'no terminator after {} entries': '항목 {0}개 뒤에 끝 표시가 없습니다',
  'the FIP would end within its ToC, at {}': 'FIP가 목차(ToC) 안인 {0}에서 끝납니다',
  'the FIP should have {} bytes, {} are here': 'FIP는 {0}바이트여야 하지만 {1}바이트만 있습니다',
  '{} bytes follow the end of the FIP, which no entry accounts for':
    'FIP가 끝난 뒤에 어느 항목에도 속하지 않는 {0}바이트가 있습니다',
  'its offset and size together pass 2^64': '오프셋과 크기의 합이 2^64를 넘습니다',
  'the image starts within the ToC': '이미지가 목차(ToC) 안에서 시작합니다',
  'the image ends at {}, the FIP at {}': '이미지는 {0}에서, FIP는 {1}에서 끝납니다',
  'the FIP has no signature at its end (no tb-fw-cert)': 'FIP 끝에 서명이 없습니다(tb-fw-cert 없음)',
  '{}: {} is too weak for new designs': '{0}: {1}은(는) 새 설계에 쓰기에는 너무 약합니다',
  'the image {} is behind the signature, unsigned': '이미지 {0}이(가) 서명 뒤에 있어 서명되지 않았습니다',
  'tb-fw-cert holds {} bytes that are no signature: where it is a certificate, verify the chain of trust with --cot':
    'tb-fw-cert의 {0}바이트는 서명이 아닙니다. 인증서라면 --cot으로 신뢰 체인을 검증하세요',
  'tb-fw-cert has {} bytes, a signature by {} has {}': 'tb-fw-cert는 {0}바이트인데 {1} 키의 서명은 {2}바이트입니다',
  'the signature starts at {}, not at a multiple of {}': '서명이 {1}의 배수가 아닌 {0}에서 시작합니다',
  '{} bytes follow the signature, unsigned': '서명 뒤에 서명되지 않은 {0}바이트가 있습니다',
  'not a multiple of {}': '{0}의 배수가 아닙니다',
  'tb-fw-cert holds {} bytes that are no signature: remove the certificate before signing at the end':
    'tb-fw-cert의 {0}바이트는 서명이 아닙니다. 끝에 서명하기 전에 인증서를 지우세요',
  '{} in {}': '{1}에서는 {0}',
  '{} is {}; give all certificates the same': '{0}: {1}. 모든 인증서에 같은 값을 지정하세요',

  // uboot
  'what U-Boot reads, at {} where its code ends, is {}, and the tree at {} is not read':
    'U-Boot가 읽는 자리(코드가 끝나는 {0})에 있는 것은 {1}이며, {2}에 있는 트리는 읽지 않습니다',
  'a device tree': '디바이스 트리',
  'an image tree': '이미지 트리',
  'an overlay': '오버레이',
  'a flash map': '플래시 맵',
  'flash map': '플래시 맵',
  'a damaged tree': '손상된 트리',

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
