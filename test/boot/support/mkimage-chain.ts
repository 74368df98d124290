import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOk } from '../../support/program.ts';
import { BOOTARGS, FIT_NAME, INPUT } from './inputs.ts';

const SOURCE = `/dts-v1/;
/ {
  description = "boot test";
  #address-cells = <1>;
  images {
    kernel {
      data = /incbin/("${INPUT.kernel}"); type = "kernel"; arch = "arm64"; os = "linux"; compression = "gzip";
      load = <0x40400000>; entry = <0x40400000>; hash { algo = "sha256"; };
    };
    fdt {
      data = /incbin/("${INPUT.boardDtb}"); type = "flat_dt"; arch = "arm64"; compression = "none";
      hash { algo = "sha256"; };
    };
    ramdisk {
      data = /incbin/("${INPUT.initramfs}"); type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none";
      hash { algo = "sha256"; };
    };
  };
  configurations {
    default = "board";
    board {
      kernel = "kernel"; fdt = "fdt"; ramdisk = "ramdisk";
      signature { algo = "sha256,rsa2048"; key-name-hint = "board"; sign-images = "kernel", "fdt", "ramdisk"; };
    };
  };
};
`;

/** Makes the signed FIT and the hash tree in `folder` with Debian's own tools, from the inputs that lie there. */
export function buildWithDebianTools(folder: string): void {
  const run = (program: string, ...args: string[]): string => runOk(program, args, { cwd: folder }).stdout;
  const formatted = run('veritysetup', 'format', INPUT.root, 'root.verity', '--salt', '00');
  const rootHash = /Root hash:\s*(\S+)/.exec(formatted)![1]!;
  const blocks = Number(/Data blocks:\s*(\d+)/.exec(formatted)![1]);
  const target = `verity 1 /dev/vda /dev/vdb 4096 4096 ${blocks} 1 sha256 ${rootHash} 00`;
  const bootargs = `${BOOTARGS} dm-mod.create="root,,,ro,0 ${blocks * 8} ${target}"`;
  run('fdtput', '-t', 's', INPUT.boardDtb, '/chosen', 'bootargs', bootargs);
  mkdirSync(join(folder, 'keys'));
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'keys/board.key'];
  run('openssl', 'req', '-batch', '-new', '-x509', ...key, '-out', 'keys/board.crt', '-subj', '/CN=board');
  writeFileSync(join(folder, 'image.its'), SOURCE);
  run('mkimage', '-f', 'image.its', '-k', 'keys', '-K', INPUT.controlDtb, '-r', FIT_NAME);
}
