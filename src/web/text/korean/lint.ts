import type { LintId, lintRules } from '../../../fit/index.ts';

/** The texts of a rule of lint, each of which may be missing. */
type RuleTranslation<Id extends LintId> = {
  readonly [Part in keyof Extract<(typeof lintRules)[number], { readonly id: Id }>['texts']]?: string;
};

/** The rules of `bootwright fit lint`, in Korean. A rule without a row is said in English. */
export const koreanLint: { readonly [Id in LintId]?: RuleTranslation<Id> } = {
  'private-key': {
    why: '이미지를 가진 사람은 누구나 이 키를 가지게 되어 당신의 이름으로 서명할 수 있습니다.',
    remedy: '이미지에서 빼고 키를 새로 만드세요. 이 키는 이미 알려진 키입니다. 공개키와 인증서만 배포하세요.',
    found: '개인키({form})가 {offset}에 있습니다',
  },
  'clear-cipher-key': {
    why: '이미지를 복호화하는 키가 디바이스 트리에 평문으로 들어 있습니다. 부트로더를 읽을 수 있으면 키도 읽을 수 있습니다.',
    remedy:
      '부트 ROM이 지원한다면 부트로더 자체를 암호화하고 이 디바이스 트리를 이미지에 넣지 마세요. 아니면 암호화를 쓰지 마세요.',
    found: '{node}에 키가 들어 있습니다',
  },
  'empty-image': {
    why: '데이터가 없는 이미지도 해시는 맞지만 부팅되는 것은 없습니다.',
    remedy: '이미지를 다시 빌드하세요. 입력 파일이 비어 있었습니다.',
    found: '데이터가 비어 있습니다',
  },
  'wrong-compression': {
    why: '로더는 compression에 적힌 대로만 압축을 풀므로 이 이미지는 시작되지 않습니다.',
    remedy: "'compression'을 실제 데이터에 맞게 고치세요. 램디스크는 커널이 압축을 풀므로 none으로 둡니다.",
    unlabelled: 'compression은 none인데 데이터는 {is} 형식으로 시작합니다',
    unknown: "'{label}'은(는) U-Boot가 모르는 압축 형식입니다",
    other: 'compression은 {label}인데 데이터는 {is} 형식으로 시작합니다',
    not: 'compression은 {label}인데 데이터는 {label} 형식으로 시작하지 않습니다',
  },
  'load-overlap': {
    why: '한 구성의 이미지들이 서로 겹쳐 로드되므로 검증한 내용과 실행되는 내용이 달라집니다.',
    remedy:
      '로드 주소 하나를 옮기거나, 디바이스 트리와 램디스크의 로드 주소를 빼세요. 그러면 U-Boot가 자리를 찾습니다.',
    found: '{first}이(가) {second}와(과) 겹칩니다',
  },
  'load-unknown-size': {
    why: '압축을 푼 뒤의 크기는 어디에도 적혀 있지 않아 다음 이미지까지 닿는지 알 수 없습니다.',
    remedy: '이 간격을 bss까지 포함한, 압축을 푼 이미지의 크기와 비교하세요.',
    found: '{path}의 압축을 {start}에 풉니다. {next}은(는) 그로부터 {distance}바이트 뒤에 있습니다',
  },
  'address-cells': {
    why: 'U-Boot는 값의 길이를 따르고 다른 로더는 #address-cells를 따르므로 서로 다른 주소로 읽습니다.',
    remedy: "'load'와 'entry'의 셀 수를 루트의 #address-cells와 맞추세요. 1이거나, 64비트라면 2입니다.",
    found: '값은 {size}바이트인데 #address-cells는 {cells}입니다',
    none: '값은 {size}바이트인데 루트에 #address-cells가 없습니다',
  },
  'sign-images': {
    why: 'mkimage는 sign-images에 적힌 것에만 서명하고, 잘못 적힌 이름은 말없이 빠뜨립니다.',
    remedy: "'sign-images'에는 구성의 속성 이름을 적거나 아예 빼세요. bootwright는 어쨌든 모든 것에 서명합니다.",
    found: "구성에 '{name}' 속성이 없습니다",
  },
  'configuration-description': {
    why: 'SPL은 description을 보고 구성을 고르며, 하나라도 없으면 FIT 이미지를 거부합니다.',
    remedy: "구성에 'description'을 추가하세요. SPL에서는 보드 이름입니다.",
    found: '구성에 description이 없습니다',
  },
  'overlay-mismatch': {
    why: '로더는 어느 보드용이든 오버레이를 적용하므로 커널이 다른 보드의 디바이스 트리를 받게 됩니다.',
    remedy: "이 보드용 오버레이를 쓰거나, 오버레이의 'compatible'에 이 보드를 추가하세요.",
    found: '{overlay}은(는) {overlayBoards}용이고 {base}은(는) {boards}용입니다',
  },
  'unit-address': {
    why: "서명을 검사하는 U-Boot는 2021.04부터 노드 이름의 '@'를 거부합니다(CVE-2021-27097).",
    remedy: "hash-1처럼 '-'를 써서 노드 이름을 바꾸세요.",
    found: "노드 이름이 '{name}'입니다",
  },
  'narrow-signature': {
    why: '서명에서 빠진 부분은 바꿔치기할 수 있습니다. U-Boot 2026.04 이후는 이런 이미지를 거부합니다.',
    remedy: '다시 서명하세요. bootwright는 sign-images에 무엇이 적혀 있든 구성이 가리키는 모든 것에 서명합니다.',
    found: '서명에서 빠진 노드: {paths}',
  },
  'unsigned-configuration': {
    why: '키를 요구하는 기기에서는 이 구성이 부팅되지 않고, 요구하지 않는 기기에서는 무엇이든 부팅됩니다.',
    remedy: '서명 노드를 추가해 서명하거나 이 구성을 지우세요.',
    found: '서명이 없습니다',
  },
  'beyond-limits': {
    why: 'U-Boot는 서명된 노드 100개와 그 경로 4096바이트까지만 다루며, 이미지는 가리킬 때마다 한 번씩 셉니다.',
    remedy: '가리키는 이미지를 줄이거나 합치고, 남는 것은 따로 구성을 두어 서명하세요.',
    found: '{what}이(가) 한도 {limit}을(를) 넘습니다',
  },
  'nothing-to-verify': {
    why: '무엇이 부팅되는지는 구성의 서명만이 말해 주므로, 여기서는 어떤 로더도 아무것도 검증할 수 없습니다.',
    remedy: '서명 노드가 있는 구성을 추가하고 서명하세요.',
    found: '구성이 없습니다',
  },
  'missing-key': {
    why: '이 제어용 디바이스 트리를 쓰는 로더는 요구된 키로 서명되지 않은 것을 거부합니다.',
    remedy: '요구된 키로 서명하거나, 서명한 키를 제어용 디바이스 트리에 넣으세요.',
    found: '{keys}(으)로 한 서명이 없습니다',
  },
  'unknown-key': {
    why: '제어용 디바이스 트리에 없는 키의 서명은 그곳에서 아무것도 보증하지 않습니다.',
    remedy: '그 키를 제어용 디바이스 트리에 넣거나 서명을 지우세요.',
    found: '{key}({algorithm}) 키로 한 서명입니다',
  },
  'empty-signature': {
    why: '서명 노드에 값이 없습니다. 아무도 서명하지 않았습니다.',
    remedy: '키를 주고 bootwright fit sign을 실행하세요.',
    found: '서명 값이 없습니다',
  },
  'no-hash': {
    why: '구성의 서명은 해시 노드를 통해서만 데이터를 보호합니다.',
    remedy: 'sha256 해시 노드를 추가하세요.',
    found: '해시 노드가 없습니다',
  },
  'weak-hash': {
    why: '체크섬과 md5는 다른 데이터로도 맞출 수 있으므로 서명이 데이터를 묶어 주지 못합니다.',
    remedy: 'sha256 이상의 해시를 쓰세요.',
    found: '사용된 해시: {hashes}',
  },
  'wrong-type': {
    why: '로더는 이 자리에 그 종류의 이미지를 받지 않으므로 아무것도 부팅되지 않습니다.',
    remedy: "이미지의 'type'을 실제 종류로 고치거나 다른 이미지를 지정하세요.",
    found: "{name}의 종류가 '{type}'입니다",
  },
  'ignored-hash': {
    why: 'U-Boot는 uboot-ignore가 있는 해시를 비교하지 않으므로 어떤 데이터가 있든 부팅합니다.',
    remedy: 'uboot-ignore를 지우고 다시 서명하세요.',
    found: '비교하지 않도록 표시된 해시입니다',
  },
  'aging-hash': {
    why: 'SHA-1은 충돌을 실제로 만들 수 있습니다. 두 이미지를 모두 만드는 사람은 서로 바꿔치기할 수 있습니다.',
    remedy: 'sha256 이상의 해시를 쓰세요.',
    found: '데이터를 보호하는 해시가 sha1뿐입니다',
    algorithm: '서명 알고리즘이 {algorithm}입니다',
  },
  'image-signature-only': {
    why: '이미지 서명은 데이터만 보호합니다. 로드 주소와 종류, 이미지 조합은 마음대로 바꿀 수 있습니다.',
    remedy: '구성에 서명하고, 이미지 서명은 옛 로더가 필요로 할 때만 남겨 두세요.',
    found: '이미지 {count}개는 서명되었지만 구성은 서명되지 않았습니다',
  },
  'missing-image': {
    why: '구성이 없는 이미지를 가리키므로 부팅할 수 없습니다.',
    remedy: '이름을 고치세요.',
    found: "이미지 '{name}'이(가) 없습니다",
    configuration: "구성 '{name}'이(가) 없습니다",
  },
  'unsigned-dm-verity': {
    why: '루트 해시를 바꾸는 사람은 파일 시스템을 바꿀 수 있습니다.',
    remedy: 'dm-verity 노드까지 서명하는 도구(bootwright 또는 mkimage 2026.10)로 다시 서명하세요.',
    found: '서명에서 빠진 노드: {path}',
  },
  'unreferenced-image': {
    why: '어떤 구성도 이 이미지를 가리키지 않으므로 어떤 서명도 이 이미지를 보호하지 않습니다.',
    remedy: '구성에서 가리키거나 빼세요.',
    found: '이 이미지를 가리키는 구성이 없습니다',
  },
  'ambiguous-data': {
    why: '어느 쪽을 먼저 보느냐에 따라 로더마다 다른 데이터를 읽습니다.',
    remedy: '-F로 다시 서명하거나 낡은 속성을 지우세요.',
    found: '{properties}이(가) 함께 있습니다',
  },
  'no-default': {
    why: 'default가 없으면 FIT_BEST_MATCH가 켜진 로더에서 맞는 보드가 아닌 한 아무것도 부팅되지 않습니다.',
    remedy: "/configurations에 'default'를 추가하거나 부팅 명령에서 구성을 지정하세요.",
    found: "'default'가 없습니다",
  },
  'board-without-configuration': {
    why: 'FIT_BEST_MATCH가 켜진 로더는 이런 보드에서 기본 구성을 부팅하고, 2025.04 전이라면 아무것도 부팅하지 않습니다.',
    remedy: "그 보드의 문자열을 해당 구성의 'compatible'에 추가하거나 --board를 고치세요.",
    found: "보드 '{board}'에 맞는 구성이 없습니다",
  },
  'choice-by-release': {
    why: '같은 보드에서도 U-Boot 버전에 따라 다른 구성이 부팅됩니다. 2026.04부터는 8의 배수 위치에 있는 fdt만 읽고, 2026.10부터는 똑같이 맞는 구성 가운데 기본 구성을 먼저 고릅니다.',
    remedy: "구성마다 다른 구성과 겹치지 않는 'compatible'을 적거나 데이터를 트리 밖에 두세요(--external).",
    found: "보드 '{board}'에서 부팅되는 구성: {choices}",
  },
  'default-not-signed': {
    why: "이 형식은 'default'에 서명하지 않습니다. 공격자가 서명된 구성 가운데 하나를 고를 수 있습니다.",
    remedy: '그 기기에서 부팅해도 되는 구성에만 서명하거나 부트 명령에서 구성 이름을 지정하세요.',
    found: '서명된 구성이 {count}개입니다',
  },
  'rollback-not-covered': {
    why: '올바르게 서명된 옛 이미지도 검증을 통과합니다. 이 형식에는 검사되는 버전이 없습니다.',
    remedy: '부트 명령에서 버전을 확인하거나, 더는 부팅되면 안 되는 이미지가 생기면 키를 바꾸세요.',
    found: '서명에 버전이 없습니다',
  },
  'no-description': {
    why: 'U-Boot의 형식 검사는 루트에 description이 있기를 요구합니다.',
    remedy: "루트에 'description'을 추가하세요.",
    found: '루트에 description이 없습니다',
  },
  'no-required-key': {
    why: '제어용 디바이스 트리가 키를 요구하지 않으므로 로더는 아무것도 확인하지 않습니다.',
    remedy: '--require(mkimage -r)로 키를 추가하세요.',
    found: '키는 {count}개지만 요구되는 키가 없습니다',
  },
  'required-image-only': {
    why: "'image'에만 요구되는 키는 구성을 보호하지 않습니다.",
    remedy: "'conf'에 키를 요구하세요.",
    found: "요구되는 키가 모두 'image'용입니다",
  },
  'any-key': {
    why: "required-mode가 'any'입니다. 키 하나의 서명만 있으면 됩니다.",
    remedy: "모든 서명자가 동의해야 한다면 'all'을 쓰세요.",
    found: '키 {count}개 가운데 하나면 됩니다',
  },
};
