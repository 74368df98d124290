import type { CompatTool } from './io.ts';

/** Every tool whose place `bootwright as NAME ARGS…` takes. */
export const compatTools: Readonly<Record<string, CompatTool>> = {
  cert_create: {
    brief: 'makes the certificates of the TBBR chain of trust (TF-A)',
    load: () => import('./tools/cert_create.ts'),
  },
  dtc: { brief: 'compiles and decompiles device trees', load: () => import('./tools/dtc.ts') },
  dumpimage: { brief: 'lists and takes apart image trees (U-Boot)', load: () => import('./tools/dumpimage.ts') },
  fdt_add_pubkey: {
    brief: 'adds a public key to a device tree (U-Boot)',
    load: () => import('./tools/fdt-add-pubkey.ts'),
  },
  fdtdump: { brief: 'shows what is in a device tree blob', load: () => import('./tools/fdtdump.ts') },
  fdtget: { brief: 'reads values of a device tree blob', load: () => import('./tools/fdtget.ts') },
  fdtoverlay: { brief: 'applies overlays to a device tree blob', load: () => import('./tools/fdtoverlay.ts') },
  fdtput: { brief: 'changes values of a device tree blob', load: () => import('./tools/fdtput.ts') },
  fit_check_sign: { brief: 'checks a signed image tree (U-Boot)', load: () => import('./tools/fit-check-sign.ts') },
  fit_info: {
    brief: 'says where a property of an image tree lies (U-Boot)',
    load: () => import('./tools/fit-info.ts'),
  },
  mkimage: { brief: 'builds, signs and lists image trees (U-Boot)', load: () => import('./tools/mkimage.ts') },
  fiptool: { brief: 'packs, edits and lists firmware image packages (TF-A)', load: () => import('./tools/fiptool.ts') },
  veritysetup: {
    brief: 'makes, verifies and shows dm-verity hash trees (cryptsetup)',
    load: () => import('./tools/veritysetup.ts'),
  },
  preload_check_sign: {
    brief: 'checks a pre-load header (U-Boot)',
    load: () => import('./tools/preload-check-sign.ts'),
  },
};
