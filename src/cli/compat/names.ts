import type { Personality } from './io.ts';

/** Every tool whose place `bootwright as NAME ARGS…` takes. */
export const personalities: Readonly<Record<string, Personality>> = {
  cert_create: {
    brief: 'makes the certificates of the TBBR chain of trust (TF-A)',
    load: () => import('./cert_create.ts'),
  },
  dtc: { brief: 'compiles and decompiles device trees', load: () => import('./dtc.ts') },
  dumpimage: { brief: 'lists and takes apart image trees (U-Boot)', load: () => import('./dumpimage.ts') },
  fdt_add_pubkey: { brief: 'adds a public key to a device tree (U-Boot)', load: () => import('./fdt-add-pubkey.ts') },
  fdtdump: { brief: 'shows what is in a device tree blob', load: () => import('./fdtdump.ts') },
  fdtget: { brief: 'reads values of a device tree blob', load: () => import('./fdtget.ts') },
  fdtoverlay: { brief: 'applies overlays to a device tree blob', load: () => import('./fdtoverlay.ts') },
  fdtput: { brief: 'changes values of a device tree blob', load: () => import('./fdtput.ts') },
  fit_check_sign: { brief: 'checks a signed image tree (U-Boot)', load: () => import('./fit-check-sign.ts') },
  fit_info: { brief: 'says where a property of an image tree lies (U-Boot)', load: () => import('./fit-info.ts') },
  mkimage: { brief: 'builds, signs and lists image trees (U-Boot)', load: () => import('./mkimage.ts') },
  fiptool: { brief: 'packs, edits and lists firmware image packages (TF-A)', load: () => import('./fiptool.ts') },
  veritysetup: {
    brief: 'makes, verifies and shows dm-verity hash trees (cryptsetup)',
    load: () => import('./veritysetup.ts'),
  },
  preload_check_sign: { brief: 'checks a pre-load header (U-Boot)', load: () => import('./preload-check-sign.ts') },
};
