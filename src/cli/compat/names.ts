import type { Personality } from './io.ts';

/** Every tool whose place `bootwright as NAME ARGS…` takes. */
export const personalities: Readonly<Record<string, Personality>> = {
  cert_create: {
    brief: 'makes the certificates of the TBBR chain of trust (TF-A)',
    load: () => import('./cert_create.ts'),
  },
  dtc: { brief: 'compiles and decompiles device trees', load: () => import('./dtc.ts') },
  fdtdump: { brief: 'shows what is in a device tree blob', load: () => import('./fdtdump.ts') },
  fdtget: { brief: 'reads values of a device tree blob', load: () => import('./fdtget.ts') },
  fdtoverlay: { brief: 'applies overlays to a device tree blob', load: () => import('./fdtoverlay.ts') },
  fdtput: { brief: 'changes values of a device tree blob', load: () => import('./fdtput.ts') },
  mkimage: { brief: 'builds, signs and lists image trees (U-Boot)', load: () => import('./mkimage.ts') },
  fiptool: { brief: 'packs, edits and lists firmware image packages (TF-A)', load: () => import('./fiptool.ts') },
  veritysetup: {
    brief: 'makes, verifies and shows dm-verity hash trees (cryptsetup)',
    load: () => import('./veritysetup.ts'),
  },
};
