/**
 * The documentation of layouts and pieces, in Korean, by its English text; names of fields stay as they are. A test
 * collects the texts of every layout that the inspector shows.
 */
export const koreanLayouts: Readonly<Record<string, string | undefined>> = {
  magic: '매직 넘버',

  // fip_toc_header, fip_toc_entry
  'what fiptool writes': 'fiptool이 쓰는 값',
  'asked for': '요청된 값',
  "bits 32 to 47 are the platform's": '32–47번 비트는 플랫폼이 씁니다',
  'of the image, in file order': '이미지의 UUID, 파일에 놓인 순서',
  'bytes from the start of the FIP': 'FIP의 시작부터 센 바이트 수',
  bytes: '바이트 수',
  'written 0': '0으로 씀',
  'the null UUID': '널 UUID',
  'where the FIP ends': 'FIP가 끝나는 곳',
  zero: '0',

  // U-Boot binaries
  'boot loader and the device trees in it': '부트로더와 그 안의 디바이스 트리',
  'as U-Boot prints it': 'U-Boot가 출력하는 그대로',
  'the tree that U-Boot reads: behind the code': 'U-Boot가 읽는 트리: 코드 바로 뒤',
  'the tree that U-Boot reads: in the code': 'U-Boot가 읽는 트리: 코드 안',
  'the tree that U-Boot reads: only one': 'U-Boot가 읽는 트리: 유일한 트리',
  'reads FIT images': 'FIT 이미지를 읽음',
  'verifies signatures of FIT images': 'FIT 이미지의 서명을 검증함',
  'verifies RSA signatures': 'RSA 서명을 검증함',
  'verifies ECDSA signatures': 'ECDSA 서명을 검증함',
  'boots legacy images (uImage), which nothing signs': '서명할 수 없는 구형 이미지(uImage)를 부팅함',
  'has booti, which boots an unsigned Image': '서명되지 않은 Image를 부팅하는 booti 명령이 있음',
  'has bootz, which boots an unsigned zImage': '서명되지 않은 zImage를 부팅하는 bootz 명령이 있음',
  'has bootefi, which boots EFI programs': 'EFI 프로그램을 부팅하는 bootefi 명령이 있음',
  'has bootelf, which boots an unsigned ELF file': '서명되지 않은 ELF 파일을 부팅하는 bootelf 명령이 있음',
  'has go, which jumps to any address': '임의의 주소로 점프하는 go 명령이 있음',
  'chooses the configuration whose fdt fits the board best': 'fdt가 보드에 가장 잘 맞는 구성을 고름',

  // fdt_header and its blocks
  'bytes of the whole blob, including the free space at its end': '끝의 빈자리까지 포함한 블롭 전체의 바이트 수',
  'structure block, from the start of the blob': '구조 블록의 위치, 블롭의 시작부터',
  'strings block, from the start of the blob': '문자열 블록의 위치, 블롭의 시작부터',
  'memory reservation block, from the start of the blob': '메모리 예약 블록의 위치, 블롭의 시작부터',
  'version of this layout': '이 형식의 버전',
  'lowest version that a reader of this blob may know': '이 블롭을 읽을 수 있는 가장 낮은 버전',
  'physical id of the boot processor (version 2)': '부팅 프로세서의 물리 번호(버전 2)',
  'bytes of the strings block (version 3)': '문자열 블록의 바이트 수(버전 3)',
  'bytes of the structure block (version 17)': '구조 블록의 바이트 수(버전 17)',
  'first byte': '첫 바이트',
  'bytes; 0 ends the block': '바이트 수. 0이면 블록이 끝납니다',
  'bytes of the value': '값의 바이트 수',
  'name, from the start of the strings block': '이름의 위치, 문자열 블록의 시작부터',

  // verity_sb
  'NUL-padded magic': 'NUL로 채운 매직 넘버',
  'superblock version': '슈퍼블록 버전',
  '0 Chrome OS (salt last), 1 normal (salt first)': '0은 Chrome OS(솔트가 뒤), 1은 일반(솔트가 앞)',
  'UUID of the hash device': '해시 디바이스의 UUID',
  "hash name as the kernel's crypto API spells it": '커널 crypto API에서 쓰는 해시 이름',
  'a power of two': '2의 거듭제곱',
  'number of data blocks': '데이터 블록의 수',
  'bytes used of salt': '솔트에서 쓰는 바이트 수',
  padding: '채움',
  'salt, zero-padded': '0으로 채운 솔트',

  // pieces
  'firmware image package': '펌웨어 이미지 패키지(FIP)',
  'ends the ToC': '목차(ToC)의 끝',
  'an image that no table names': '어느 표에도 이름이 없는 이미지',
  'belongs to no image': '어느 이미지에도 속하지 않음',
  'flattened device tree': '디바이스 트리 블롭(FDT)',
  'nodes and properties': '노드와 속성',
  'names of the properties': '속성의 이름들',
  'inside totalSize, used by nothing': 'totalSize 안이지만 쓰이지 않음',
  'to the next multiple of 4': '다음 4의 배수까지',
  'flattened image tree': 'FIT(Flattened Image Tree)',
  'image tree with external data': '데이터가 트리 밖에 있는 FIT',
  'external data': '외부 데이터',
  'dm-verity': 'dm-verity',
  'nothing authenticates it: the root hash covers the tree alone':
    '아무도 보증하지 않습니다. 루트 해시는 트리만 보호합니다',
  'data blocks': '데이터 블록',
  'device tree source': '디바이스 트리 소스',
  'of no kind that is known': '알 수 없는 종류',
  'RFC 7468': 'RFC 7468',
};
