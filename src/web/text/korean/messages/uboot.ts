import type { Translation } from '../../../../fault.ts';
import type { ubootMessage } from '../../../../uboot/index.ts';

/** What the U-Boot room says, in Korean. */
export const koreanUboot: Translation<typeof ubootMessage> = {
  'uboot/no-tree-inside': '안에 디바이스 트리가 없습니다',
  'uboot/none-at-end': 'U-Boot가 찾는 코드의 끝 {end}에 트리가 없습니다',
  'uboot/other-at-end':
    'U-Boot가 읽는 자리(코드가 끝나는 {end})에 있는 것은 {found}이며, {offset}에 있는 트리는 읽지 않습니다',
  'uboot/tree-elsewhere': 'U-Boot가 트리를 찾는 코드의 끝은 {end}인데 트리는 {offset}에 있습니다',
  'uboot/several-with-images': 'FIT 이미지가 섞여 있으며 보드가 그 안의 트리 가운데 하나를 고릅니다',
  'uboot/several-in-images': 'FIT 이미지 안에 있으며 보드가 그 가운데 하나를 고릅니다',
  'uboot/several-end-unknown': '코드가 어디서 끝나고 U-Boot가 어디를 읽는지 바이트만으로는 알 수 없습니다',
  'uboot/several-none-at-end': '코드가 끝나는 {end}에는 트리가 없습니다',
  'uboot/several-embedded': 'U-Boot는 {offset}의 트리를 읽고, CONFIG_OF_EMBED로 빌드되었으면 코드 안의 트리를 읽습니다',
  'uboot/several-at-end': 'U-Boot는 코드가 끝나는 {offset}의 트리만 읽습니다',
  'uboot/kind-control': '디바이스 트리',
  'uboot/kind-images': '이미지 트리',
  'uboot/kind-overlay': '오버레이',
  'uboot/kind-flash-map': '플래시 맵',
  'uboot/kind-damaged': '손상된 트리',
  'uboot/cannot-be-read': '읽을 수 없습니다',
  'uboot/device-trees': '디바이스 트리',
  'uboot/not-read-there': 'U-Boot가 그 자리를 읽지 않습니다',
  'uboot/wrapped': '{kind}입니다. u-boot.bin이나 u-boot-nodtb.bin을 지정하고 결과를 다시 포장하세요',
  'uboot/wrapper-legacy': '구형 이미지(u-boot.img)',
  'uboot/wrapper-elf': 'ELF 파일',
  'uboot/wrapper-tree': '디바이스 트리 또는 FIT 이미지(u-boot.itb)',
  'uboot/wrapper-imx': 'i.MX 이미지',
  'uboot/wrapper-stm32': 'STM32 이미지',
  'uboot/wrapper-allwinner': 'Allwinner 플래시 이미지',
  'uboot/embedded': '트리가 코드 안에 링크되어 있습니다. CONFIG_OF_EMBED 대신 CONFIG_OF_SEPARATE로 U-Boot를 빌드하세요',
  'uboot/in-images': '트리가 FIT 이미지 안에 있습니다. u-boot-nodtb.bin을 지정하고 그 결과로 FIT 이미지를 만드세요',
  'uboot/bytes-behind-tree':
    '{offset}에 있는 트리 뒤에 {bytes}바이트가 더 있습니다. 이 바이트가 없는 바이너리를 지정하세요',
  'uboot/bytes-behind-code': '코드가 거기서 끝나고 {bytes}바이트가 더 있습니다. 이 바이트가 없는 바이너리를 지정하세요',
  'uboot/is-spl': '{phase}입니다. 트리가 BSS 뒤에 있을 수 있으니 같은 빌드의 트리와 함께 지정하세요',
  'uboot/other-tree': '{offset}에 다른 트리({kind})가 있습니다',
  'uboot/no-mark': '이 옵션은 고유한 문자열을 남기지 않습니다. .config를 확인하세요',
  'uboot/mark-of-proper': '이 옵션의 문자열은 U-Boot 본체에만 있는데 이 파일은 SPL입니다. .config를 확인하세요',
  'uboot/mark-found': '이 옵션의 문자열이 코드에 있습니다',
  'uboot/mark-of-either': 'SPL과 U-Boot가 한 파일에 있어 어느 쪽의 문자열인지 알 수 없습니다',
  'uboot/mark-missing': '이 옵션의 문자열이 코드에 하나도 없습니다',
  'uboot/no-text':
    '파일에서 U-Boot의 평문 텍스트를 찾을 수 없습니다. 압축 또는 암호화되었거나 U-Boot가 아닐 수 있습니다',
};
