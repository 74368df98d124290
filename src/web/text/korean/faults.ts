import type { FaultCode, Faults, Message, Place, Remedy } from '../../../fault.ts';

/** How a fault is said in Korean: what it means whatever the occurrence, and this occurrence from its context. */
export interface KoreanFault<Context extends object> {
  readonly brief: string;
  /** `words` translates the reasons in a context. */
  readonly message: (context: Context, words: (reason: string | Message) => string) => string;
  /** What the person does next. */
  readonly remedy?: Remedy<Context>;
}

const hex = (value: number): string => `0x${value.toString(16)}`;
const at = ({ path, offset }: Place): string => (path === '' ? `위치 ${hex(offset)}` : `${path} (위치 ${hex(offset)})`);

/** A fault whose context is a place and a reason. */
const placed = (brief: string) => ({
  brief,
  message: (c: Place & { readonly reason: Message }, words: (text: string | Message) => string) =>
    `${at(c)}: ${words(c.reason)}`,
});

interface BlockMismatch {
  readonly offset: number;
  readonly block: number;
  readonly level: number;
  readonly want: string;
  readonly got: string;
}
const mismatch = (c: BlockMismatch): string =>
  `적혀 있는 값은 ${c.want}, 계산한 값은 ${c.got} (레벨 ${c.level}에서 발견)`;

/** What a side of a transfer was doing, by its phase. */
const TRANSFER_PHASES = { requesting: '요청', negotiating: '협상', sending: '전송', receiving: '수신' } as const;
/** The number of the ERROR packet in which a peer refuses options (RFC 2347). */
const OPTIONS_REFUSED = 8;

const WHAT = { node: '노드', property: '속성' } as const;

/** The fault catalog in Korean. A code without a row is said in English. */
export const koreanFaults: { readonly [Code in FaultCode]?: KoreanFault<Faults[Code]> } = {
  'binary/truncated': {
    brief: '읽으려는 필드가 끝나기 전에 입력이 끝났습니다.',
    message: (c) => `${at(c)}: ${c.need}바이트가 필요하지만 ${c.have}바이트만 남아 있습니다`,
  },
  'binary/constant': {
    brief: '매직 넘버나 버전, 예약 필드의 값이 정해진 값과 다릅니다.',
    message: (c) => `${at(c)}: ${c.want}이어야 하지만 ${c.got}입니다`,
  },
  'binary/range': {
    brief: '숫자가 필드나 이 프로그램이 허용하는 범위를 벗어납니다.',
    message: (c) => `${at(c)}: ${c.value}, 허용 범위를 벗어남(${c.limit})`,
  },
  'binary/overflow': {
    brief: '값이 담아야 할 필드나 영역보다 깁니다.',
    message: (c) => `${at(c)}: ${c.size}바이트는 ${c.capacity}바이트 안에 들어가지 않습니다`,
  },
  'binary/text': placed('텍스트여야 할 바이트가 텍스트가 아닙니다. 끝 표시가 없거나 UTF-8이 아닙니다.'),
  'binary/trailing': {
    brief: '영역을 꽉 채워야 할 구조체 뒤에 바이트가 남아 있습니다.',
    message: (c) => `${at(c)}: ${c.size}바이트가 남아 있습니다(${hex(c.size)})`,
  },
  'boot/manifest': {
    brief: '매니페스트에 빠졌거나 알 수 없거나 종류가 틀린 키나 값이 있습니다.',
    message: (c, words) => `${c.file}:${c.line}: ${c.path === '' ? '' : `${c.path}: `}${words(c.reason)}`,
    remedy: '매니페스트의 그 줄을 고치세요.',
  },
  'boot/lock': {
    brief: '빌드가 남긴 lock 파일이 JSON이 아니거나, 항목이 빠졌거나, 다른 버전입니다.',
    message: (c, words) => `${c.file}은(는) 빌드의 lock 파일이 아닙니다: ${words(c.reason)}`,
    remedy: '체인을 다시 빌드하세요: `bootwright build`.',
  },
  'boot/no-trust': {
    brief: '신뢰할 것(신뢰 루트 공개키의 해시) 없이 부팅하라는 요청입니다.',
    message: (c, words) => words(c.reason),
    remedy: '--trust KEY나 --trust HASH로 기기가 신뢰하는 것을 지정하세요.',
  },
  'boot/untrusted-key': {
    brief: '펌웨어와 함께 온 공개키의 해시가 기기가 가진 해시와 다릅니다.',
    message: (c) => `${c.file}: 키의 해시는 ${c.got}, 기기가 신뢰하는 해시는 ${c.want}`,
    remedy: '펌웨어 키의 공개키를 제공하거나 --trust로 맞는 키를 지정하세요.',
  },
  'boot/missing-link': {
    brief: '다음 단계를 확인할 수 있는 것이 없어 신뢰 체인이 여기서 끊깁니다.',
    message: (c, words) => `${c.stage}: ${words(c.what)}`,
    remedy: '매니페스트에서 그 단계를 고치고 체인을 다시 빌드하세요.',
  },
  'boot/rollback': {
    brief: '서명은 맞지만 기기가 받아들이는 것보다 오래된 이미지입니다. 롤백 카운터가 기기의 값보다 작습니다.',
    message: (c) => `${c.stage}: 롤백 카운터 ${c.name} ${c.counter}이(가) 기기의 ${c.minimum}보다 작습니다`,
    remedy: (c) => `더 새로운 릴리스를 제공하거나 롤백 카운터를 ${c.minimum} 이상으로 하여 빌드하세요.`,
  },
  'boot/kernel-limit': {
    brief:
      '커널의 롤백 카운터가 펌웨어가 허용하는 값보다 큽니다. 이 한도가 있어 커널 키만으로는 카운터를 소진할 수 없습니다.',
    message: (c) => `${c.stage}: 커널의 롤백 카운터 ${c.counter}이(가) 펌웨어가 허용하는 ${c.limit}보다 큽니다`,
    remedy: (c) => `직접 만든 커널이라면 kernel-limit가 ${c.counter} 이상인 펌웨어를 제공하세요.`,
  },
  'boot/counters': {
    brief: '서명된 펌웨어에 적힌 롤백 카운터가 서로 모순되거나 읽을 수 없습니다.',
    message: (c, words) => `${c.stage}: ${words(c.reason)}`,
    remedy: '매니페스트에서 rollback을 지정하고 펌웨어를 다시 빌드하세요.',
  },
  'boot/counter-file': {
    brief: '기기의 롤백 카운터를 보관하는 파일이 아니거나, 펌웨어 서명 방식이 다른 기기의 파일입니다.',
    message: (c, words) => `${c.file}에 롤백 카운터가 없습니다: ${words(c.reason)}`,
    remedy:
      '이 기기와 서명 방식의 카운터 파일을 지정하세요. 새 파일은 0부터 시작하므로 더 오래된 릴리스도 받아들입니다.',
  },
  'boot/not-served': {
    brief: '검증되지 않는 체인은 기기에 제공하지 않습니다.',
    message: (c, words) => `${c.folder}: 검증되지 않아 제공하지 않습니다. ${c.stage}: ${words(c.reason)}`,
    remedy: '폴더에 `bootwright verify`를 실행하세요. 파일이 바뀌었으면 체인을 다시 빌드하세요.',
  },
  'boot/http': {
    brief: 'TFTP와 함께 HTTP를 제공할 수 없습니다.',
    message: (c, words) => `${c.address}에서 HTTP를 제공할 수 없습니다: ${words(c.reason)}`,
    remedy: '다른 --port를 고르거나 --http 없이 제공하세요.',
  },
  'boot/http-ended': {
    brief: 'HTTP 전송이 파일을 다 보내기 전에 끝났습니다.',
    message: (c, words) => `${c.name}: 다 보내지 못했습니다. ${words(c.reason)}`,
    remedy: '파일을 다시 요청하세요. Range 헤더를 쓰면 전송이 끝난 곳부터 이어집니다.',
  },
  'boot/address': {
    brief: '부트 서버의 주소가 tftp://HOST[:PORT]/ 형식이 아닙니다.',
    message: (c, words) => `${c.text}: ${words(c.reason)}`,
    remedy: '주소를 tftp://HOST[:PORT]/ 형식으로 쓰세요.',
  },
  'boot/board-report': {
    brief: '보드가 부팅 보고서라며 보낸 것이 보고서가 아닙니다.',
    message: (c, words) => `${c.name}의 보고서: ${words(c.reason)}`,
    remedy: '`bootwright boot --report`가 쓴 보고서나 verdict=, stage=, reason= 줄을 보내세요.',
  },
  'boot/fetch': {
    brief: '체인의 파일을 가져올 수 없습니다.',
    message: (c, words) => `${c.name} 파일을 가져올 수 없습니다: ${words(c.reason)}`,
    remedy: '`bootwright build`가 쓴 폴더를 서버가 제공하는지, chain.lock.json의 이름이 맞는지 확인하세요.',
  },
  'crypto/unsupported': {
    brief: '여기서 지원하지 않는 알고리즘, 곡선 또는 키 형식입니다.',
    message: (c, words) => `지원하지 않음: ${words(c.what)}`,
    remedy: '다른 알고리즘이나 키를 쓰세요. 2048–4096비트 RSA나 P-256과 SHA-256은 어디서나 지원합니다.',
  },
  'crypto/key-unfit': {
    brief: '키가 너무 약하거나 잘못되었거나 서명에 맞지 않는 종류입니다.',
    message: (c, words) => `${words(c.key)}: ${words(c.reason)}`,
    remedy: '요구되는 종류의 키를 지정하세요. `bootwright keys new`로 만들 수 있습니다.',
  },
  'crypto/key-missing': {
    brief: '서명이나 검증에 필요한 키가 없습니다. 키 없이는 아무것도 서명하지 않습니다.',
    message: (c, words) => `키 ${words(c.key)}이(가) 없습니다: ${words(c.reason)}`,
    remedy: '--key로 키를, 또는 --keys로 키가 든 폴더를 지정하세요. `bootwright keys new`로 만들 수 있습니다.',
  },
  'crypto/passphrase': {
    brief: '암호화된 개인키의 암호가 없거나 틀렸습니다.',
    message: (c, words) => `${words(c.key)}: ${words(c.reason)}`,
    remedy: 'BOOTWRIGHT_PASSPHRASE에 키의 암호를 넣거나 프롬프트에 입력하세요.',
  },
  'crypto/pin': {
    brief: '토큰이 열리지 않습니다. PIN이 없거나 틀렸거나 잠겼습니다. PIN을 몇 번 틀리면 토큰이 잠깁니다.',
    message: (c, words) => `${words(c.key)}: ${words(c.reason)}`,
    remedy: 'BOOTWRIGHT_PIN에 토큰의 PIN을 넣으세요. 잠긴 PIN은 토큰의 도구로 초기화합니다.',
  },
  'devicetree/header': placed('디바이스 트리의 헤더가 스스로 모순되거나 입력의 길이와 맞지 않습니다.'),
  'devicetree/structure': placed('디바이스 트리의 구조 블록이 올바르게 중첩된 트리 하나가 아닙니다.'),
  'devicetree/name': placed('노드나 속성의 이름을 읽을 수 없거나 쓸 수 없습니다.'),
  'devicetree/limit': {
    brief: '디바이스 트리가 이 프로그램의 한도를 넘습니다.',
    message: (c, words) => `${at(c)}: ${words(c.what)} 한도 ${c.limit} 초과`,
  },
  'devicetree/missing': {
    brief: '필요한 노드나 속성이 없습니다.',
    message: (c) => `${c.path}: 이런 ${WHAT[c.what]}이(가) 없습니다`,
  },
  'devicetree/value': placed('속성의 값이 있어야 할 형식이 아닙니다.'),
  'devicetree/exists': {
    brief: '이 이름의 노드가 이미 있습니다.',
    message: (c) => `${at(c)}: 노드가 이미 있습니다`,
  },
  'devicetree/overlay': placed('오버레이를 이 디바이스 트리에 적용할 수 없습니다.'),
  'devicetree/no-space': {
    brief: '수정한 내용이 블롭의 남은 자리에 들어가지 않습니다.',
    message: (c) => `${at(c)}: ${c.need}바이트가 필요하지만 ${c.have}바이트만 비어 있습니다`,
  },
  'devicetree/source': {
    brief: '디바이스 트리 소스를 컴파일할 수 없습니다.',
    message: (c, words) =>
      c.problems.map(({ file, line, column, reason }) => `${file}:${line}:${column}: ${words(reason)}`).join('\n'),
  },
  'devicetree/invalid': {
    brief: '디바이스 트리가 오류로 취급되는 검사에 실패합니다.',
    message: (c) => `${c.file}: 검사 ${c.errors.length}개에 실패했습니다: ${c.errors.join('; ')}`,
  },
  'devicetree/unknown-check': {
    brief: '없는 검사 이름입니다.',
    message: (c) => `'${c.name}'이라는 검사는 없습니다. 목록: bootwright dts checks`,
  },
  'devicetree/include': {
    brief: '디바이스 트리 소스가 포함하는 파일을 읽을 수 없습니다.',
    message: (c, words) => `${c.file} 파일을 포함할 수 없습니다: ${words(c.reason)}`,
  },
  'echo/timeout': {
    brief: '에코 서버가 제때 응답하지 않았습니다.',
    message: (c) => `${c.peer}이(가) ${c.timeoutMs} ms 안에 응답하지 않았습니다`,
    remedy: '이 프로토콜의 에코 서버가 그 주소에서 실행 중인지 확인하거나 --timeout으로 더 오래 기다리세요.',
  },
  'echo/ended': {
    brief: '에코 서버가 응답하기 전에 연결을 끊었습니다.',
    message: (c) => `${c.peer}이(가) 연결을 끊었습니다`,
    remedy: '다시 연결하세요. 서버가 바로 끊으면 서버의 --max-connections나 --idle-timeout을 늘리세요.',
  },
  'echo/too-large': {
    brief: '메시지가 에코 프로토콜의 한도보다 깁니다.',
    message: (c) => `메시지가 ${c.size}바이트입니다. 최대 ${c.limit}바이트까지 보낼 수 있습니다`,
    remedy: '메시지를 줄이거나 나누어 보내세요.',
  },
  'echo/nul': {
    brief: '메시지에 NUL이 있습니다. 프로토콜에서 NUL은 메시지의 끝이므로 둘로 나뉘어 도착합니다.',
    message: (c) => `메시지의 ${c.at}번째 글자가 NUL입니다`,
    remedy: 'NUL을 지우거나 메시지 두 개로 보내세요.',
  },
  'fip/bounds': {
    ...placed('ToC 항목이 FIP의 데이터 영역 밖을 가리킵니다.'),
    remedy: 'FIP를 다시 받거나 `bootwright fip create`로 다시 만드세요.',
  },
  'fip/overlap': {
    brief: 'FIP의 두 이미지가 같은 바이트를 씁니다.',
    message: (c) => `${at(c)}: ${hex(c.start)}–${hex(c.end)} 바이트가 ${c.other}와(과) 겹칩니다`,
    remedy: 'FIP를 다시 만드세요: `bootwright fip create`.',
  },
  'fip/duplicate': {
    brief: 'FIP에 같은 이미지가 두 번 있습니다. 어느 것이 로드될지는 읽는 쪽에 달려 있습니다.',
    message: (c) => `${at(c)}: 이미지 ${c.uuid}이(가) 이미 있습니다`,
    remedy: '둘 중 하나를 지우거나(`bootwright fip remove`) 이미지를 한 번만 지정하세요.',
  },
  'fip/empty': {
    brief: 'ToC 항목에 데이터가 없습니다.',
    message: (c) => `${at(c)}: 이미지가 비어 있습니다`,
    remedy: '내용이 있는 파일을 지정하거나 이미지를 빼세요.',
  },
  'fip/terminator': {
    ...placed('ToC에 끝이 없거나 너무 일찍 끝나거나 FIP의 끝을 알려 주지 않습니다.'),
    remedy: '끝에 다른 바이트가 붙지 않은 온전한 FIP를 다시 받거나 `bootwright fip create`로 다시 만드세요.',
  },
  'fip/padding': {
    brief: '어느 이미지에도 속하지 않는 바이트가 0이 아닙니다.',
    message: (c) => `${at(c)}: 채움 바이트가 ${hex(c.value)}입니다`,
    remedy: '바이트를 먼저 살펴보세요. 누군가 넣은 것입니다. 그런 다음 `bootwright fip create`로 FIP를 다시 만드세요.',
  },
  'fip/missing': {
    brief: '요청한 이미지가 FIP에 없습니다.',
    message: (c) => `FIP에 이미지 ${c.image}이(가) 없습니다`,
    remedy: '`bootwright fip info`로 이미지 목록을 확인하세요.',
  },
  'fip/image-missing': {
    brief: '인증서가 보증해야 하는 이미지 없이는 인증서를 만들 수 없습니다.',
    message: (c) => `${c.certificate}이(가) 보증해야 하는 이미지 ${c.image}이(가) 주어지지 않았습니다`,
    remedy: (c) => `이미지를 지정하세요: ${c.image}=FILE.`,
  },
  'fip/name': {
    brief: '쓸 수 없는 이미지 이름이나 UUID입니다.',
    message: (c, words) => `이미지 ${c.name}: ${words(c.reason)}`,
    remedy: '`bootwright fip create --help`에 나오는 이름이나 UUID를 쓰세요.',
  },
  'fip/alignment': {
    brief: 'FIP를 배치할 수 없는 정렬 값입니다.',
    message: (c, words) => `정렬 ${c.value}: ${words(c.reason)}`,
    remedy: '2의 거듭제곱을 지정하세요. 끝에 서명하려면 16 이상이어야 합니다.',
  },
  'fip/trailer': {
    ...placed('FIP 끝의 서명이 모든 바이트를 보호할 수 있는 자리에 있지 않습니다.'),
    remedy: '마지막으로 바꾼 뒤에 `bootwright fip sign`으로 FIP에 다시 서명하세요.',
  },
  'fip/unsigned': {
    brief: '검증할 서명이 없어 아무것도 검증하지 않았습니다.',
    message: (c, words) => `검증되지 않음: ${words(c.reason)}`,
    remedy: '`bootwright fip sign`으로 FIP에 서명하거나 --cot으로 인증서를 검증하세요.',
  },
  'fip/signature': {
    brief: 'FIP 끝의 서명이 맞지 않습니다.',
    message: (c, words) => `${at(c)}, 키 ${c.key}: ${words(c.reason)}`,
    remedy: 'FIP에 서명한 키로 검증하거나 `bootwright fip sign`으로 다시 서명하세요.',
  },
  'fip/counter': {
    brief: '비휘발성 카운터가 가질 수 없는 값입니다.',
    message: (c, words) => `${c.counter} ${c.value}: ${words(c.reason)}`,
    remedy: '0에서 2147483647까지의 정수를 지정하세요.',
  },
  'fip/certificate': {
    ...placed('인증서에 신뢰 체인의 그 자리에 있어야 할 내용이 없습니다.'),
    remedy: '인증서를 다시 만드세요: `bootwright cert create`.',
  },
  'fip/chain': {
    brief: '신뢰 체인의 고리가 맞지 않거나 검증할 수 없습니다.',
    message: (c, words) => `${c.what}: ${words(c.reason)}`,
    remedy: '키, 인증서, 이미지를 서로 맞추세요: `bootwright cert create`, 이어서 `bootwright fip update`.',
  },
  'fip/anchor': {
    brief: '신뢰 앵커로 지정한 해시를 가질 수 있는 키가 없습니다.',
    message: (c, words) => `${c.anchor}은(는) 신뢰 앵커가 될 수 없습니다: ${words(c.reason)}`,
    remedy: '`bootwright keys show`나 `bootwright cert rotpk`로 키의 해시를 계산하세요.',
  },
  'fip/profile': {
    brief: '없는 로더 빌드의 이름이거나, 인증서를 검사할 수 없는 빌드입니다.',
    message: (c, words) => `${c.profile}: ${words(c.reason)}`,
    remedy: 'tf-a:rsa2048-sha256 같은 빌드를 지정하세요.',
  },
  'fip/fat': {
    brief: '부트 파티션이 이 크기일 수 없거나 파일이 들어가지 않습니다.',
    message: (c, words) => `${c.size}바이트의 FAT 볼륨: ${words(c.reason)}`,
    remedy: '--size를 16 KiB의 배수로 더 크게 지정하거나 파일을 줄이세요.',
  },
  'file/read': {
    brief: '파일을 읽을 수 없습니다.',
    message: (c, words) => `${c.file} 파일을 읽을 수 없습니다: ${words(c.reason)}`,
    remedy: '경로가 맞는지, 읽을 권한이 있는 파일인지 확인하세요.',
  },
  'file/write': {
    brief: '파일을 쓸 수 없습니다. 쓰다 만 파일은 남지 않습니다.',
    message: (c, words) => `${c.file} 파일을 쓸 수 없습니다: ${words(c.reason)}`,
    remedy: '폴더가 있고 쓸 권한과 남은 공간이 있는지 확인하거나 다른 경로에 쓰세요.',
  },
  'linux/syscall': {
    brief: '시스템 콜이 실패했습니다.',
    message: (c) => `${c.call}: ${c.errno}`,
    remedy: (c) => SYSCALL_REMEDIES[c.errno],
  },
  'linux/unsupported': {
    brief: '이 운영 체제나 C 라이브러리, 프로세서에는 이 호출이 없습니다.',
    message: (c, words) => `여기서는 ${words(c.what)}을(를) 쓸 수 없습니다: ${words(c.reason)}`,
    remedy: (c) => UNSUPPORTED_REMEDIES[typeof c.what === 'string' ? '' : c.what.code] ?? LINUX,
  },
  'cli/usage': { brief: '명령이 받지 않는 인수로 호출되었습니다.', message: (c, words) => words(c.reason) },
  'fit/structure': {
    ...placed('FIT 이미지에 있어야 할 노드나 속성이 없거나 형식이 다릅니다.'),
    remedy: '소스(.its)를 고치고 다시 빌드하세요. `bootwright dts`가 내용을 출력합니다.',
  },
  'fit/duplicate': {
    brief: '이름이 같은 형제가 둘 있어 읽는 쪽마다 다른 트리를 볼 수 있습니다.',
    message: (c) => `${at(c)}: 이 이름의 ${WHAT[c.what]}이(가) 또 있습니다`,
    remedy: '소스에서 둘 중 하나를 지우고 다시 빌드하세요. 다른 사람의 FIT 이미지라면 둘 다 믿지 마세요.',
  },
  'fit/unit-address': {
    brief: "노드 이름에 '@'가 있습니다. U-Boot는 2021.04부터 거부합니다. 더 짧은 이름으로 찾아질 수 있기 때문입니다.",
    message: (c) => `${at(c)}: 이 이름에는 '@'를 쓸 수 없습니다. U-Boot가 '@' 앞의 이름으로 이 노드를 찾을 수 있습니다`,
    remedy: '소스에서 노드 이름을 바꾸고(hash@1 대신 hash-1) 다시 빌드하고 서명하세요.',
  },
  'fit/limit': {
    brief: 'FIT 이미지가 U-Boot나 이 프로그램의 한도를 넘습니다.',
    message: (c, words) => `${at(c)}: ${words(c.what)} 한도 ${c.limit} 초과`,
    remedy: '한도에 맞을 때까지 이미지나 해시 노드, 서명을 줄이거나 FIT 이미지를 나누세요.',
  },
  'fit/algorithm': {
    brief: '알 수 없거나 여기서 허용되지 않는 해시, 서명, 패딩 또는 암호 알고리즘입니다.',
    message: (c) => `${at(c)}: 알고리즘 '${c.algorithm}'은(는) 받아들이지 않습니다`,
    remedy: '해시에는 sha256, 서명에는 sha256,rsa2048 등, 암호화에는 aes256을 쓰세요.',
  },
  'fit/data': {
    ...placed('이미지의 데이터가 없거나 파일 밖 또는 트리 안에 있거나 두 번 지정되었습니다.'),
    remedy: 'FIT 이미지를 다시 빌드하거나, 잘린 파일이면 다시 받으세요.',
  },
  'fit/configuration': {
    ...placed('구성이 없거나 없는 이미지를 가리킵니다.'),
    remedy: '--configuration으로 있는 구성을 지정하거나 소스의 이름을 고치세요. `bootwright fit list`가 보여 줍니다.',
  },
  'fit/hash-mismatch': {
    brief: '이미지 데이터의 다이제스트가 해시 노드의 값과 다릅니다.',
    message: (c) =>
      `${at(c)}: 이미지 ${c.image}의 ${c.algorithm} 값은 ${c.got}인데 해시 노드에는 ${c.want}(이)라고 적혀 있습니다`,
    remedy: 'FIT 이미지를 다시 받으세요. 데이터를 일부러 바꿨다면 `bootwright fit sign`을 실행하세요.',
  },
  'fit/signature': {
    brief: '요구되는 서명이 맞지 않습니다.',
    message: (c, words) => `${at(c)}: 키 ${c.key}: ${words(c.reason)}`,
    remedy:
      '요구되는 키로 서명하거나(`bootwright fit sign --keys`) 서명한 키를 --key로 지정하세요. `bootwright fit verify --explain`이 바뀐 것을 찾습니다.',
  },
  'fit/unprotected': {
    ...placed('부팅되는 것 가운데 검증된 범위에 들지 않는 것이 있습니다.'),
    remedy: '이미지에 sha256 해시 노드를 넣고 구성에 다시 서명하세요.',
  },
  'fit/key-node': {
    ...placed('제어용 디바이스 트리의 키 노드를 믿을 수 없습니다. 모순되거나 불완전하거나 철자가 틀렸습니다.'),
    remedy: '키 노드를 지우고 키를 다시 넣으세요: `bootwright fit sign --control u-boot.dtb --require`.',
  },
  'fit/not-verified': {
    brief: '이미지를 보증하는 것이 없습니다. 키가 요구되지 않았거나 아무것도 확인하지 않았으며, 이는 성공이 아닙니다.',
    message: (c, words) => `${words(c.what)}: 검증되지 않음. ${words(c.reason)}`,
    remedy:
      '구성에 서명하고 제어용 트리에서 키를 필수로 표시하세요: `bootwright fit sign --control u-boot.dtb --require`. 기본 구성이 분명하지 않으면 --board로 보드를 지정하세요.',
  },
  'fit/cipher': {
    ...placed('이미지를 cipher 노드에 적힌 대로 암호화하거나 복호화할 수 없습니다.'),
    remedy: 'aes128, aes192, aes256에 맞는 16, 24, 32바이트 키와 16바이트 초기화 벡터를 지정하세요.',
  },
  'fit/preload': {
    ...placed('pre-load 헤더가 잘못되었거나 그 서명이 맞지 않습니다.'),
    remedy: '이미지를 바꾸는 다른 작업을 모두 마친 뒤 `bootwright fit preload add`로 헤더를 다시 만드세요.',
  },
  'fit/option': {
    brief: '이 옵션으로는 FIT 이미지를 만들거나 서명할 수 없습니다.',
    message: (c, words) => `${c.option}: ${words(c.reason)}`,
    remedy: '옵션을 고치세요. `bootwright fit build --help`가 쓸 수 있는 값을 알려 줍니다.',
  },
  'pki/pem': {
    brief: 'PEM이어야 할 텍스트가 PEM이 아닙니다. 블록이 없거나 줄이나 base64가 깨졌습니다.',
    message: (c, words) => `${c.path}: ${words(c.reason)}`,
    remedy: 'PEM이나 DER 형식의 키 또는 인증서를 지정하세요. 다른 형식은 `openssl pkey`와 `openssl x509`로 변환합니다.',
  },
  'pki/der': {
    ...placed('엄격한 DER이어야 할 바이트가 그렇지 않습니다.'),
    remedy: '`openssl x509 -outform DER` 등으로 다시 DER로 인코딩하거나 파일을 다시 받으세요.',
  },
  'pki/structure': {
    ...placed('DER로는 올바르지만 기대한 키, 인증서, 메시지의 구조가 아닙니다.'),
    remedy: '옵션이 요구하는 파일인지 확인하세요. `bootwright inspect`가 무엇이 들었는지 알려 줍니다.',
  },
  'pki/signature': {
    ...placed('서명이 맞지 않습니다.'),
    remedy: '서명된 바이트와 키가 맞는지 확인하고, 바뀌었으면 다시 서명하세요.',
  },
  'pki/linux': {
    brief: '서명된 메시지는 올바르지만, 대상 Linux 버전이 거부합니다.',
    message: (c, words) => `${at(c)}: ${words(c.what)}. ${words(c.releases)}에서 거부합니다`,
    remedy: '검사할 커널을 지정하거나(linux@6.12) 2048–4096비트 RSA 키와 SHA-256으로 서명하세요.',
  },
  'pki/request': {
    brief: '서명 요청 파일로 읽을 수 없습니다.',
    message: (c, words) => `${c.path}: ${words(c.reason)}`,
    remedy: '--request로 요청을 다시 쓰고 `signature` 필드만 바꾸세요.',
  },
  'pki/token-uri': {
    brief: '키 하나를 가리키지 않거나 지원하지 않는 내용이 있는 `pkcs11:` URI입니다.',
    message: (c, words) => `${c.uri}: ${words(c.reason)}`,
    remedy:
      'pkcs11:token=토큰;object=키?module-path=파일 형식으로 쓰고, 여럿이 맞으면 id=, serial=, slot-id=를 더하세요. pin-value와 module-path 대신 BOOTWRIGHT_PIN과 PKCS11_MODULE_PATH를 쓸 수 있습니다.',
  },
  'socket/address': {
    brief: '주소나 포트여야 할 텍스트가 아닙니다.',
    message: (c, words) => `"${c.text}": 주소가 아닙니다. ${words(c.reason)}`,
    remedy: '이름이 아닌 IPv4나 IPv6 주소와 0에서 65535까지의 포트를 지정하세요.',
  },
  'socket/option': {
    brief: '소켓에 줄 수 없는 옵션이나 값입니다.',
    message: (c, words) => `${c.option}: ${words(c.reason)}`,
    remedy: '32비트 정수를 지정하거나 옵션을 빼세요.',
  },
  'socket/bind': {
    brief: '소켓을 주소에 bind할 수 없습니다.',
    message: (c, words) => `${c.address}에 bind할 수 없습니다: ${words(c.reason)} (${c.errno})`,
    remedy: (c) => BIND_REMEDIES[c.errno] ?? '--bind로 다른 주소를, --port로 다른 포트를 지정하세요.',
  },
  'socket/connect': {
    brief: '연결할 수 없습니다.',
    message: (c, words) => `${c.address}에 연결할 수 없습니다: ${words(c.reason)} (${c.errno})`,
    remedy: (c) => CONNECT_REMEDIES[c.errno] ?? '주소와 경로, 중간의 방화벽을 확인하세요.',
  },
  'socket/closed': {
    brief: '닫힌 소켓, 리액터 또는 서버를 썼습니다.',
    message: (c, words) => `${words(c.what)}: 이미 닫혔습니다`,
    remedy: '새로 열거나, 마지막으로 쓴 뒤에 닫으세요.',
  },
  'tftp/malformed': {
    ...placed(
      '데이터그램이 TFTP 패킷이 아닙니다. 길이나 opcode가 틀렸거나, NUL이 없거나, 허용되지 않는 텍스트가 있습니다.',
    ),
    remedy: '상대가 TFTP 클라이언트나 서버인지, 포트가 TFTP의 포트인지 확인하세요.',
  },
  'tftp/mode': {
    brief: 'octet과 netascii가 아닌 전송 모드를 요청합니다.',
    message: (c) => `${at(c)}: 전송 모드 ${JSON.stringify(c.mode)}은(는) 지원하지 않습니다`,
    remedy: '클라이언트가 octet 모드로 요청하게 하세요. 이미지에는 octet이 맞습니다.',
  },
  'tftp/option': {
    brief: '옵션이 되풀이되었거나, 값이 범위를 벗어났거나, 요청하지 않은 옵션이 승인되었습니다.',
    message: (c, words) => `옵션 ${c.option}=${JSON.stringify(c.value)}: ${words(c.reason)}`,
    remedy: '옵션의 범위 안에 있는 값을 쓰거나, 옵션을 요청하지 않는 --plain으로 전송하세요.',
  },
  'tftp/netascii': {
    ...placed('netascii 텍스트의 캐리지 리턴 뒤에 줄 바꿈도 NUL도 없습니다.'),
    remedy: 'octet 모드로 전송하세요. --netascii와 URL의 ;mode=netascii를 빼면 됩니다.',
  },
  'tftp/too-large': {
    brief: '파일이 받는 쪽에서 허용하는 것보다 큽니다.',
    message: (c) => `${c.size}바이트는 한도 ${c.limit}을(를) 넘습니다`,
    remedy: '믿을 수 있는 파일이면 한도를 올리세요. tftp get은 --limit, tftp serve는 --max-file입니다.',
  },
  'tftp/name': {
    brief: '파일 이름이 제공되는 폴더를 벗어나거나 파일을 가리키지 않습니다.',
    message: (c, words) => `${JSON.stringify(c.name)}: ${words(c.reason)}`,
    remedy:
      '제공되는 폴더를 기준으로 한 이름을 요청하세요. 절대 경로를 보내는 클라이언트라면 tftp serve를 --rooted로 시작하세요.',
  },
  'tftp/not-found': {
    brief: '요청한 파일은 제공되지 않습니다.',
    message: (c) => `${JSON.stringify(c.name)}: 제공되지 않는 파일입니다`,
    remedy: '이름을 제공되는 폴더의 파일과 비교하세요. 대소문자를 구별합니다.',
  },
  'tftp/exists': {
    brief: '상대가 쓰려는 파일이 이미 있습니다.',
    message: (c) => `${JSON.stringify(c.name)}: 이미 있습니다`,
    remedy: '다른 이름으로 쓰거나 tftp serve를 --overwrite로 시작하세요.',
  },
  'tftp/access': {
    brief: '서버가 이 파일의 읽기나 쓰기를 허용하지 않습니다.',
    message: (c, words) => `${JSON.stringify(c.name)}: ${words(c.reason)}`,
    remedy: '위에 적힌 이유를 해결하세요. 파일을 받으려면 tftp serve를 --write로 시작하세요.',
  },
  'tftp/busy': {
    brief: '허용된 수만큼 전송이 진행되는 동안 요청이 왔습니다.',
    message: (c) => `${c.peer}: ${c.scope === 'address' ? '주소당' : '전체'} 전송 한도 ${c.limit}개에 이르렀습니다`,
    remedy: (c) =>
      `전송이 끝날 때까지 기다리거나 tftp serve의 ${c.scope === 'address' ? '--max-per-address' : '--max-transfers'} 값을 올리세요.`,
  },
  'tftp/peer': {
    brief: '상대가 ERROR 패킷으로 전송을 끝냈습니다.',
    message: (c) =>
      `${c.peer}: 오류 ${c.number}${c.text === '' ? '' : ` ${JSON.stringify(c.text)}`}(으)로 전송을 끝냈습니다`,
    remedy: (c) =>
      c.number === OPTIONS_REFUSED
        ? '옵션을 요청하지 않는 --plain으로 전송하세요.'
        : '서버의 로그에서 파일과 이유를 확인하세요.',
  },
  'tftp/protocol': {
    brief: '상대가 이 시점에 올 수 없는 패킷을 보냈습니다.',
    message: (c, words) => `${c.peer}: ${words(c.reason)}`,
    remedy: '--plain으로 다시 시도하세요. 그래도 실패하면 상대가 RFC 1350을 지키지 않는 것입니다.',
  },
  'tftp/timeout': {
    brief: '상대의 응답이 끊겼습니다. 재전송에 모두 응답이 없었습니다.',
    message: (c) => `${TRANSFER_PHASES[c.phase]} 중에 ${c.peer}이(가) ${c.tries}번 응답하지 않았습니다`,
    remedy: (c) =>
      c.phase === 'requesting'
        ? '주소와 서버의 실행 여부를 확인하고, 방화벽이 UDP 포트 69와 다른 포트에서 오는 응답을 통과시키는지 확인하세요.'
        : '연결 상태를 확인하세요. 연결이 나쁘면 --windowsize 1과 --blksize 512가 낫습니다.',
  },
  'tftp/changed': {
    brief: '보내는 동안 파일이 알린 크기보다 짧아졌습니다.',
    message: (c) => `${JSON.stringify(c.name)}: 알린 크기보다 짧아졌습니다. 위치 ${c.offset}에 바이트가 없습니다`,
    remedy: '제공 중인 파일에 쓰지 마세요. 새 파일에 쓴 뒤 이름을 바꾸고 다시 전송하세요.',
  },
  'tftp/closed': {
    brief: '서버나 클라이언트, 호출한 쪽이 전송을 그만두었습니다.',
    message: (c, words) => `전송 중단: ${words(c.reason)}`,
    remedy: '전송을 다시 시작하세요.',
  },
  'tftp/address': {
    brief: 'TFTP 주소가 tftp://HOST[:PORT]/NAME 형식이 아니거나 호스트가 없습니다.',
    message: (c, words) => `${JSON.stringify(c.text)}: ${words(c.reason)}`,
    remedy: '주소를 tftp://HOST[:PORT]/NAME 형식으로 쓰세요. IPv6 주소는 대괄호로 감쌉니다.',
  },
  'uboot/no-tree': {
    brief: 'U-Boot 바이너리에 U-Boot가 읽을 제어용 디바이스 트리가 없습니다.',
    message: (c, words) =>
      `${c.path === '' ? 'U-Boot 바이너리' : c.path}에 제어용 디바이스 트리가 없습니다: ${words(c.reason)}`,
    remedy: '매니페스트의 firmware.control-dtb에 트리를 지정하세요. `bootwright build`가 넣습니다.',
  },
  'uboot/two-trees': {
    brief: 'U-Boot 바이너리에 제어용 디바이스 트리가 될 수 있는 트리가 둘 이상 있습니다.',
    message: (c, words) =>
      `${c.path === '' ? '' : `${c.path}: `}${c.offsets.map(hex).join(', ')}에 있는 디바이스 트리가 모두 제어용 트리가 될 수 있습니다: ${words(c.reads)}`,
    remedy: '트리를 하나만 남기거나 u-boot-nodtb.bin과 트리를 파일 두 개로 지정하세요.',
  },
  'uboot/tree': {
    brief: 'U-Boot가 제어용 트리를 찾는 자리에 디바이스 트리 헤더가 있으나 트리로 읽을 수 없습니다.',
    message: (c, words) => `U-Boot 바이너리의 제어용 디바이스 트리(위치 ${hex(c.offset)}): ${words(c.reason)}`,
    remedy: 'U-Boot를 다시 빌드하거나, u-boot-nodtb.bin과 함께 직접 만든 트리를 firmware.control-dtb에 지정하세요.',
  },
  'uboot/place': {
    brief: '이 U-Boot 바이너리가 읽을 자리에 제어용 디바이스 트리를 넣을 수 없습니다.',
    message: (c, words) =>
      `U-Boot 바이너리의 ${hex(c.offset)}에 제어용 디바이스 트리를 넣을 수 없습니다: ${words(c.reason)}`,
    remedy: 'U-Boot 빌드가 만든 u-boot.bin이나 u-boot-nodtb.bin을 지정하고, 결과를 나중에 포장하세요.',
  },
  'uboot/limit': {
    brief: 'U-Boot 바이너리에 이 프로그램이 살펴보는 것보다 많은 항목이 있습니다.',
    message: (c, words) => `${hex(c.offset)}: ${words(c.what)}이(가) ${c.limit}개를 넘습니다`,
    remedy: '플래시 전체 이미지 대신 U-Boot 바이너리만 지정하세요.',
  },
  'verity/superblock': {
    ...placed('dm-verity 슈퍼블록에 어떤 디바이스도 가질 수 없는 값이 있습니다.'),
    remedy: '--hash-offset을 확인하세요. 슈퍼블록이 다른 곳에서 시작할 수 있습니다. 아니라면 이미지를 다시 포맷하세요.',
  },
  'verity/parameter': {
    brief: '이 매개변수로는 dm-verity 디바이스를 만들 수 없습니다.',
    message: (c, words) => `${words(c.name)}: ${words(c.reason)}`,
    remedy: '메시지에 나온 허용 범위에 맞게 매개변수를 바꾸세요.',
  },
  'verity/range': {
    brief: '이미지에 없는 범위를 읽으려 합니다. 오프셋과 길이는 이미지 범위 안의 정수여야 합니다.',
    message: (c) => `오프셋 ${c.offset}, 길이 ${c.length}: ${c.size}바이트인 이미지 안의 정수 범위가 아닙니다`,
    remedy: '이미지 안의 바이트 범위를 정수로 지정해 읽으세요.',
  },
  'verity/superblock-mismatch': {
    brief: '아무도 보증하지 않는 슈퍼블록이 기대한 매개변수와 다릅니다.',
    message: (c) => `${at(c)}: 슈퍼블록의 값은 ${c.got}, 기대한 값은 ${c.want}`,
    remedy: '포맷할 때 쓴 매개변수를 지정하거나(--description) 다시 포맷하세요.',
  },
  'verity/not-verified': {
    brief: '비교할 믿을 만한 것이 없어 아무것도 검증하지 않았습니다.',
    message: (c, words) => `${words(c.what)}: 검증되지 않음. ${words(c.reason)}`,
    remedy: '--root-hash와 --data-blocks, 또는 --description으로 신뢰하는 것을 지정하세요.',
  },
  'verity/data-block': {
    brief: '데이터 블록의 다이제스트가 해시 블록의 값과 다릅니다.',
    message: (c) => `데이터 블록 ${c.block} (위치 ${hex(c.offset)}): ${mismatch(c)}`,
    remedy: '믿을 수 있는 사본에서 이미지를 되살리거나 --fec-file로 `bootwright verity repair`를 실행하세요.',
  },
  'verity/hash-block': {
    brief: '해시 블록의 다이제스트가 위 레벨의 값과 다릅니다.',
    message: (c) => `레벨 ${c.level - 1}의 해시 블록 ${c.block} (위치 ${hex(c.offset)}): ${mismatch(c)}`,
    remedy:
      '`bootwright verity repair`를 실행하세요. 온전한 데이터에서 해시 블록을 다시 만듭니다. 아니면 이미지를 다시 포맷하세요.',
  },
  'verity/root-hash': {
    brief: '트리 꼭대기가 루트 해시와 다릅니다. 변조되었거나 다른 루트 해시입니다.',
    message: (c) => `꼭대기 블록 (위치 ${hex(c.offset)})이 루트 해시와 다릅니다: ${mismatch(c)}`,
    remedy: '루트 해시가 이 이미지의 것인지 확인하세요. 이미지를 일부러 바꿨다면 다시 포맷하세요.',
  },
  'verity/spare': {
    brief: '해시 블록에서 다이제스트가 없는 자리의 바이트가 0이 아닙니다.',
    message: (c) => `레벨 ${c.level}의 해시 블록 ${c.block}: 0이어야 할 바이트가 0이 아닙니다, 위치 ${hex(c.offset)}`,
    remedy: '이미지를 다시 포맷하세요. 변조된 트리에만 그 자리에 바이트가 있습니다.',
  },
  'verity/tail': {
    brief: '데이터가 블록 경계에서 끝나지 않아 끝부분이 보호되지 않습니다.',
    message: (c) => `${at(c)}: 마지막 ${c.size}바이트가 ${c.blockSize}바이트 블록을 채우지 못합니다`,
    remedy: '이미지를 블록 크기에 맞게 채우거나 --data-blocks로 블록 수를 지정하세요.',
  },
  'verity/overlap': {
    brief: '데이터, 해시, 오류 정정 영역, 루트 해시, 설명 가운데 둘이 한 파일의 같은 바이트를 씁니다.',
    message: (c, words) => `${words(c.first)} 영역과 ${words(c.second)} 영역이 ${hex(c.offset)}에서 겹칩니다`,
    remedy: '영역이 겹치지 않도록 다른 오프셋(--hash-offset, --fec-offset)이나 다른 파일을 고르세요.',
  },
  'verity/root-hash-text': {
    brief: '루트 해시가 소문자 16진수로 적힌 다이제스트 하나가 아닙니다.',
    message: (c, words) => `루트 해시${c.path === '' ? '' : ` (${words(c.path)})`}: ${words(c.reason)}`,
    remedy: '`bootwright verity format`이 출력한 다이제스트를 그대로 지정하세요.',
  },
  'verity/description': {
    brief: 'dm-verity 디바이스의 JSON 설명이나 서명 파티션이 잘못되었습니다.',
    message: (c, words) => (c.path === '' ? words(c.reason) : `${c.path}: ${words(c.reason)}`),
    remedy: '`bootwright verity format --description FILE`로 설명을 다시 쓰세요.',
  },
  'verity/table': {
    brief: '디바이스 매퍼 테이블이나 커널 명령줄에 담을 수 없는 값입니다.',
    message: (c, words) => `${words(c.name)}: ${words(c.reason)}`,
    remedy: '테이블에 들어갈 수 있도록 값을 줄이거나 바꾸세요.',
  },
  'verity/profile': {
    brief: '이 이름의 커널이나 systemd를 알지 못합니다.',
    message: (c, words) => `${JSON.stringify(c.text)}: ${words(c.reason)}`,
    remedy: 'linux@6.1이나 systemd@255처럼 릴리스를 지정하세요.',
  },
  'verity/unsupported': {
    brief: '지정한 커널이나 systemd가 이런 디바이스를 열지 못합니다.',
    message: (c, words) => `${words(c.who)}에서 지원하지 않음: ${words(c.what)}. ${words(c.remedy)}`,
  },
  'verity/beyond-repair': {
    brief: '오류 정정 데이터로 되살릴 수 있는 것보다 많은 블록이 손상되었습니다.',
    message: (c, words) => `블록 ${c.blocks}개가 손상된 채로 남습니다: ${words(c.reason)}`,
    remedy: '믿을 수 있는 사본에서 이미지를 되살리세요.',
  },
};

const SYSCALL_REMEDIES: Readonly<Record<string, string | undefined>> = {
  EACCES: '권한이 있는 사용자로 실행하세요.',
  EADDRINUSE: '그 포트를 쓰는 프로그램을 끝내거나 다른 포트를 지정하세요.',
  EBADF: '이 프로세스에서 열려 있는 디스크립터의 번호를 넘기세요.',
  EMFILE: '이 프로세스가 열 수 있는 파일 수를 늘리세요: `ulimit -n 65536`.',
  ENFILE: '다른 프로그램을 끝내거나 시스템이 열 수 있는 파일 수를 늘리세요: `sysctl fs.file-max`.',
  ENOBUFS: '대기 중인 데이터가 나간 뒤에 다시 시도하세요.',
  ENOMEM: '메모리를 비우거나 이 프로세스의 메모리 한도를 늘리세요.',
  ENOSPC: '공간을 비우거나 도달한 한도를 늘리세요: `sysctl fs.epoll.max_user_watches`.',
  EPERM: '권한이 있는 사용자로 실행하세요.',
};

const LINUX = 'x86-64나 arm64 프로세서의 Linux에서 실행하세요.';
const UNSUPPORTED_REMEDIES: Readonly<Record<string, string | undefined>> = {
  'linux/ffi': '이 시스템에서 패키지를 다시 설치하세요(`npm ci`). 프로세서에 맞는 koffi가 함께 설치됩니다.',
  'epoll/loopback': '루프백 인터페이스를 켜세요: `ip link set lo up`.',
};

const BIND_REMEDIES: Readonly<Record<string, string | undefined>> = {
  EACCES: '--port로 1023보다 큰 포트를 지정하거나 CAP_NET_BIND_SERVICE 권한으로 실행하세요.',
  EADDRINUSE: '그 포트를 쓰는 프로그램을 끝내거나 --port로 다른 포트를 지정하세요.',
  EADDRNOTAVAIL: '--bind로 이 기기의 주소를 지정하세요. `ip address`로 볼 수 있습니다.',
};

const CONNECT_REMEDIES: Readonly<Record<string, string | undefined>> = {
  ECONNREFUSED: '서버를 시작하거나 주소와 포트를 고치세요.',
  EAGAIN: '서버가 기다리는 연결을 수락한 뒤에 다시 시도하세요.',
  ENOENT: '소켓 파일을 만드는 서버를 시작하거나 경로를 고치세요.',
};
