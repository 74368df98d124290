import type { Translation } from '../../../../fault.ts';
import type { trustMessage } from '../../../../trust/internal.ts';

/** What the trust room says of command lines and of the expected root file system, in Korean. */
export const koreanTrust: Translation<typeof trustMessage> = {
  'trust/command-line-length': '커널 명령줄이 {length}자로, 커널이 보관하는 {most}자를 넘습니다',
  'trust/two-creates': '커널 명령줄에 dm-mod.create=가 두 번 있으며 커널은 마지막 것을 씁니다',
  'trust/no-verity-device': '커널 명령줄에 dm-verity 디바이스(dm-mod.create=)가 없습니다',
  'trust/two-verity-devices': '커널 명령줄에 dm-verity 디바이스가 둘 이상 있습니다',
  'trust/other-tables': 'dm-verity 디바이스에 루트 해시가 보호하지 않는 다른 테이블도 있습니다',
  'trust/ignore-corruption': '테이블에 ignore_corruption이 있어 커널이 검증에 실패한 데이터도 돌려줍니다',
  'trust/no-kernel': '구성에 커널이 없습니다',
  'trust/two-verity-nodes': '구성의 이미지 가운데 둘 이상에 dm-verity 노드가 있습니다',
  'trust/no-command-line': '서명된 디바이스 트리에 커널 명령줄(/chosen/bootargs)이 없습니다',
  'trust/no-certificate': '서명된 디바이스 트리에 {property}이(가) 없습니다',
  'trust/unsigned-node': '이 노드는 서명에서 빠져 있어 노드 안의 루트 해시가 보호되지 않습니다',
  'trust/no-data': '{image}에 데이터가 없습니다',
  'trust/not-a-device-tree': "구성의 fdt '{name}'이(가) 디바이스 트리가 아니어서 루트 해시가 없습니다",
  'trust/no-device-tree': '구성에 디바이스 트리가 없어 루트 해시가 없습니다',
  'trust/other-root': '커널은 root={root}을(를) 마운트하지만 검증한 dm-verity 디바이스는 /dev/dm-{minor}입니다',
};
