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
};
