import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { FIRMWARE_COUNTER_PROPERTY, KERNEL_LIMIT_PROPERTY, ROLLBACK_NODE } from '../../src/boot/artifact.ts';
import { buildFirmware } from '../../src/boot/build-firmware.ts';
import {
  ARTIFACT_NAMES,
  type BootReport,
  bootDevice,
  buildChain,
  type ChainLock,
  CONTROL_NAME,
  type FirmwareScheme,
  findControlTree,
  memoryImageSource,
  parseCounters,
  printCounterFile,
  type RollbackCounters,
  SAMPLE_MANIFEST,
  writeSample,
} from '../../src/boot/index.ts';
import { openChainKeys, readChainFile } from '../../src/cli/chain/chain-file.ts';
import { generateEc } from '../../src/crypto/index.ts';
import { findNode, findProperty, makeNode, makeTree, readBlob, writeBlob } from '../../src/devicetree/index.ts';
import { buildFip, knownImages, readFip, resolveImage } from '../../src/fip/index.ts';
import { printPrivateKey } from '../../src/pki/index.ts';
import { expectFaultAsync } from '../support/fault.ts';

/*
 * Two releases of one owner, and an attacker who has the kernel key of the first.
 *
 * Firmware: `bare` was built before firmware had counters; `old` and `new` carry them. These three are genuine. `forged`
 * is the attacker's, signed with the stolen key, with the highest counters and limit.
 * Kernels: `old` and `new` are genuine, `evil` is signed with the stolen key and has the highest counter there is.
 * Worlds: in `kept` nobody noticed, and the new release uses the stolen key too; in `rotated` it has another kernel key.
 */
const HIGHEST = 0xffff_ffff;
const OLD = { trailer: { firmware: 3, kernel: 5 }, tbbr: { 'tfw-nvctr': 5, 'ntfw-nvctr': 6, kernel: 5 } } as const;
const NEW = { trailer: { firmware: 4, kernel: 9 }, tbbr: { 'tfw-nvctr': 7, 'ntfw-nvctr': 8, kernel: 9 } } as const;
/** What the certificates of an older version carried: the one number that there was. */
const BARE_CERTIFICATES = { 'tfw-nvctr': 5, 'ntfw-nvctr': 5 } as const;

const worlds = ['kept', 'rotated'] as const;
type World = (typeof worlds)[number];
const schemes = ['trailer', 'tbbr'] as const;
const firmwares = ['bare', 'old', 'new', 'forged'] as const;
type Firmware = (typeof firmwares)[number];
const kernels = ['old', 'new', 'evil'] as const;
type Kernel = (typeof kernels)[number];

/** What stands in the counter files of devices: nothing yet, those of a release, the bare number of an older version. */
const devices = {
  fresh: () => undefined,
  old: (scheme: FirmwareScheme) => printCounterFile(OLD[scheme]),
  new: (scheme: FirmwareScheme) => printCounterFile(NEW[scheme]),
  'old file': () => '5\n',
} as const;
const deviceNames = ['fresh', 'old', 'new', 'old file'] as const;

const FIRMWARE = 'firmware boot/rollback';
const KERNEL = 'kernel boot/rollback';
const LIMIT = 'kernel boot/kernel-limit';
/** Which fault of a signature it is, is not for this table to say. */
const KEY = 'kernel fit/';
const ANCHOR = { trailer: 'firmware boot/untrusted-key', tbbr: 'firmware fip/chain' } as const;

type Row = readonly [Firmware, Kernel, fresh: string, old: string, new_: string, oldFile: string];

/** How a boot ends on each device: refused where and why, or the counters that it keeps afterwards. */
const TABLE: Readonly<Record<FirmwareScheme, readonly Row[]>> = {
  trailer: [
    ['bare', 'old', '0 0', FIRMWARE, FIRMWARE, '0 5'],
    ['bare', 'new', '0 0', FIRMWARE, FIRMWARE, '0 5'],
    ['bare', 'evil', '0 0', FIRMWARE, FIRMWARE, '0 5'],
    ['old', 'old', '3 5', '3 5', FIRMWARE, '3 5'],
    ['old', 'new', LIMIT, LIMIT, FIRMWARE, LIMIT],
    ['old', 'evil', LIMIT, LIMIT, FIRMWARE, LIMIT],
    ['new', 'old', '4 5', '4 5', KERNEL, '4 5'],
    ['new', 'new', '4 9', '4 9', '4 9', '4 9'],
    ['new', 'evil', LIMIT, LIMIT, LIMIT, LIMIT],
    ...kernels.map((kernel): Row => ['forged', kernel, ...fourTimes(ANCHOR.trailer)]),
  ],
  tbbr: [
    ['bare', 'old', '5 5 0', FIRMWARE, FIRMWARE, '5 5 5'],
    ['bare', 'new', '5 5 0', FIRMWARE, FIRMWARE, '5 5 5'],
    ['bare', 'evil', '5 5 0', FIRMWARE, FIRMWARE, '5 5 5'],
    ['old', 'old', '5 6 5', '5 6 5', FIRMWARE, '5 6 5'],
    ['old', 'new', LIMIT, LIMIT, FIRMWARE, LIMIT],
    ['old', 'evil', LIMIT, LIMIT, FIRMWARE, LIMIT],
    ['new', 'old', '7 8 5', '7 8 5', KERNEL, '7 8 5'],
    ['new', 'new', '7 8 9', '7 8 9', '7 8 9', '7 8 9'],
    ['new', 'evil', LIMIT, LIMIT, LIMIT, LIMIT],
    ...kernels.map((kernel): Row => ['forged', kernel, ...fourTimes(ANCHOR.tbbr)]),
  ],
};

/** Where the new release has another kernel key: what the stage before does not refuse ends at that key. */
const ROTATED: readonly Row[] = [
  ['bare', 'new', KEY, FIRMWARE, FIRMWARE, KEY],
  ['old', 'new', KEY, KEY, FIRMWARE, KEY],
  ['new', 'old', KEY, KEY, KEY, KEY],
  ['new', 'evil', KEY, KEY, KEY, KEY],
];

const folder = mkdtempSync(join(tmpdir(), 'bootwright-rollback-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Files = ReadonlyMap<string, Uint8Array>;
let rotpk: string;
/** Firmware and kernels by world and scheme; the root file system is the same in all. */
const firmwareOf = new Map<string, Files>();
const kernelOf = new Map<string, Uint8Array>();
let rootfs: Files;

interface Recipe {
  readonly scheme: FirmwareScheme;
  readonly kernelKey?: string;
  readonly firmwareKey?: string;
  readonly rollback?: string;
}

async function build(out: string, recipe: Recipe): Promise<{ files: Files; lock: ChainLock }> {
  const { scheme, kernelKey = 'dev', firmwareKey = 'firmware', rollback } = recipe;
  const text = SAMPLE_MANIFEST.replace('keys:\n', 'keys:\n  next: { private: keys/next.key }\n')
    .replace('  key: firmware\n', `  scheme: ${scheme}\n  key: ${firmwareKey}\n`)
    .replace('  key: dev\n', `  key: ${kernelKey}\n`);
  writeFileSync(join(folder, 'chain.yaml'), rollback === undefined ? text : `${text}rollback: ${rollback}\n`);
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const keys = await openChainKeys(chain, {});
  const to = join(folder, out);
  const lock = await buildChain({ ...chain, keys, out: to, time: 0, version: 'test' });
  const names = [...Object.values(ARTIFACT_NAMES), CONTROL_NAME];
  return { files: new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(to, name)))])), lock };
}

/** The firmware of a chain without counters as a version before built it, with the one number in its certificates. */
async function buildBare(scheme: FirmwareScheme): Promise<Files> {
  const { files } = await build(`bare-${scheme}`, { scheme });
  if (scheme === 'trailer') return files;
  const chain = await readChainFile(join(folder, 'chain.yaml'));
  const keys = await openChainKeys(chain, {});
  const fip = await buildFirmware(
    chain.manifest.firmware,
    { key: keys['firmware']!, roles: {}, control: files.get(CONTROL_NAME)!, counters: BARE_CERTIFICATES },
    { input: chain.input, out: folder, time: 0, progress: () => undefined },
  );
  return new Map(files).set(ARTIFACT_NAMES.firmware, fip);
}

const yamlOf = (counters: RollbackCounters): string => {
  const { kernel, firmware, ...certificates } = counters;
  return JSON.stringify({ firmware: firmware ?? certificates, kernel });
};

beforeAll(async () => {
  const small = { kernel: Uint8Array.of(1, 2, 3, 4), rootfs: new Uint8Array(8192), firmware: new Uint8Array(600) };
  await writeSample(folder, small, new Date(0));
  writeFileSync(join(folder, 'keys/next.key'), printPrivateKey(generateEc('P-256')));
  for (const scheme of schemes) {
    const bare = await buildBare(scheme);
    const old = await build(`old-${scheme}`, { scheme, rollback: yamlOf(OLD[scheme]) });
    const forged = await build(`forged-${scheme}`, {
      scheme,
      firmwareKey: 'dev',
      rollback: `{ firmware: 0x7fffffff, kernel: ${HIGHEST} }`,
    });
    for (const world of worlds) {
      const recipe = { scheme, rollback: yamlOf(NEW[scheme]), kernelKey: world === 'kept' ? 'dev' : 'next' };
      const { files } = await build(`new-${scheme}-${world}`, recipe);
      const chains = { bare, old: old.files, new: files, forged: forged.files };
      for (const name of firmwares) firmwareOf.set([world, scheme, name].join(), chains[name]);
      const images = { old: old.files, new: files, evil: forged.files };
      for (const name of kernels) kernelOf.set([world, scheme, name].join(), images[name].get(ARTIFACT_NAMES.kernel)!);
    }
    rotpk = old.lock.rotpk;
    rootfs = old.files;
  }
});

/** Which images of the new release are those of the old one. */
interface Mixture {
  readonly parts: readonly string[];
  readonly device: keyof typeof devices;
  readonly ending: string;
}

interface Mixed {
  readonly world: World;
  readonly scheme: FirmwareScheme;
  readonly firmware: Firmware;
  readonly kernel: Kernel;
}

/** A chain that somebody put together, on a device that holds these counters. */
const boot = (mixed: Mixed, rollback: RollbackCounters): Promise<BootReport> =>
  bootDevice({ imageSource: memoryImageSource(filesOf(mixed)), rotpk, scheme: mixed.scheme, rollback });

function filesOf({ world, scheme, firmware, kernel }: Mixed): Map<string, Uint8Array> {
  const signed = firmwareOf.get([world, scheme, firmware].join())!;
  const files = new Map(rootfs);
  for (const name of [ARTIFACT_NAMES.firmware, ARTIFACT_NAMES.firmwareKey]) files.set(name, signed.get(name)!);
  files.set(ARTIFACT_NAMES.kernel, kernelOf.get([world, scheme, kernel].join())!);
  return files;
}

const heldBy = (device: keyof typeof devices, scheme: FirmwareScheme): RollbackCounters =>
  parseCounters(devices[device](scheme) ?? '0', scheme, 'counters');

/** As the table has it. A refusal comes with no counters, so that nothing rises. */
function endingOf({ stage, steps, counters }: BootReport): string {
  const fault = steps.at(-1)?.fault;
  if (fault === undefined) return Object.values(counters ?? {}).join(' ');
  const code = fault.code.startsWith('fit/') ? 'fit/' : fault.code;
  return `${stage} ${code}${counters === undefined ? '' : ' and counters'}`;
}

function fourTimes(ending: string): [string, string, string, string] {
  return [ending, ending, ending, ending];
}

describe('every firmware with every kernel on every device', () => {
  const cases = worlds.flatMap((world) =>
    schemes.flatMap((scheme) =>
      TABLE[scheme].map((row) => {
        const other = ROTATED.find(([firmware, kernel]) => firmware === row[0] && kernel === row[1]);
        const [firmware, kernel, ...endings] = (world === 'rotated' ? other : undefined) ?? row;
        return { world, scheme, firmware, kernel, endings };
      }),
    ),
  );

  test('is in the table', () => {
    expect(cases).toHaveLength(worlds.length * schemes.length * firmwares.length * kernels.length);
  });

  test.each(cases)('kernel key $world, $scheme: $firmware firmware, $kernel kernel', async (one) => {
    const got = await Promise.all(
      deviceNames.map(async (device) => endingOf(await boot(one, heldBy(device, one.scheme)))),
    );
    expect(got).toEqual(one.endings);
  });
});

describe('a refusal says which counter', () => {
  test.each([
    ['trailer', 'bare', 'old', 'new', "rollback counter firmware 0 is below the device's 4"],
    ['trailer', 'new', 'old', 'new', "rollback counter kernel 5 is below the device's 9"],
    ['trailer', 'new', 'evil', 'new', 'rollback counter kernel 4294967295 is above the 9 that the firmware allows'],
    ['tbbr', 'old', 'old', 'new', "rollback counter tfw-nvctr 5 is below the device's 7"],
    ['tbbr', 'bare', 'old', 'old', "rollback counter ntfw-nvctr 5 is below the device's 6"],
  ] as const)('%s: %s firmware, %s kernel, a device at %s', async (scheme, firmware, kernel, device, message) => {
    const report = await boot({ world: 'kept', scheme, firmware, kernel }, heldBy(device, scheme));
    expect(report.steps.at(-1)?.fault?.message).toContain(message);
  });
});

describe('a FIP of TBBR put together of two genuine releases', () => {
  const mixed: readonly Mixture[] = [
    { parts: ['nt-fw', 'nt-fw-key-cert', 'nt-fw-cert'], device: 'fresh', ending: '7 6 5' },
    { parts: ['nt-fw', 'nt-fw-key-cert', 'nt-fw-cert'], device: 'old', ending: '7 6 5' },
    { parts: ['nt-fw', 'nt-fw-key-cert', 'nt-fw-cert'], device: 'new', ending: FIRMWARE },
    { parts: ['nt-fw-key-cert'], device: 'fresh', ending: 'firmware boot/counters' },
    { parts: ['tb-fw', 'tb-fw-cert'], device: 'fresh', ending: 'firmware boot/counters' },
    { parts: ['soc-fw', 'soc-fw-key-cert', 'soc-fw-cert'], device: 'new', ending: 'firmware boot/counters' },
    { parts: ['nt-fw'], device: 'fresh', ending: 'firmware fip/chain' },
  ];

  test.each(mixed)('old $parts on a device: $device', async ({ parts, device, ending }) => {
    const scheme = 'tbbr';
    const files = filesOf({ world: 'kept', scheme, firmware: 'new', kernel: 'old' });
    const old = readFip(filesOf({ world: 'kept', scheme, firmware: 'old', kernel: 'old' }).get('fip.bin')!).images;
    const taken = parts.map((name) => resolveImage(knownImages, name));
    const images = readFip(files.get('fip.bin')!).images.map((image) =>
      taken.includes(image.uuid) ? old.find(({ uuid }) => uuid === image.uuid)! : image,
    );
    files.set('fip.bin', buildFip(images, { align: 16 }));
    const rollback = heldBy(device, scheme);
    expect(endingOf(await bootDevice({ imageSource: memoryImageSource(files), rotpk, scheme, rollback }))).toBe(ending);
  });
});

test('a control tree that devices would refuse is not built with', async () => {
  const control = join(folder, 'u-boot.dtb');
  const before = readFileSync(control);
  onTestFinished(() => writeFileSync(control, before));
  writeFileSync(control, writeBlob(makeTree(makeNode('', {}, [makeNode(`${ROLLBACK_NODE}@1`, {})]))));
  await expectFaultAsync(() => build('never', { scheme: 'trailer' }), 'boot/counters');
  await expectFaultAsync(() => build('never', { scheme: 'trailer', rollback: '3' }), 'devicetree/exists');
});

describe('no counter rises', () => {
  /** The newest chain with one file altered in the middle. */
  const altered = (scheme: FirmwareScheme, name: string, offset: (file: Uint8Array) => number): Promise<BootReport> => {
    const files = filesOf({ world: 'kept', scheme, firmware: 'new', kernel: 'new' });
    const bytes = files.get(name)!.slice();
    bytes[offset(bytes)]! ^= 0x80;
    return bootDevice({ imageSource: memoryImageSource(files.set(name, bytes)), rotpk, scheme });
  };

  test.each(schemes)('by a chain whose last block is altered: %s', async (scheme) => {
    const report = await altered(scheme, ARTIFACT_NAMES.rootfs, (file) => file.length - 1);
    expect([endingOf(report), report.kernel]).toEqual(['rootfs verity/data-block', undefined]);
  });

  test.each([
    ['trailer', KERNEL_LIMIT_PROPERTY, 'firmware fip/signature'],
    ['trailer', FIRMWARE_COUNTER_PROPERTY, 'firmware fip/signature'],
    ['tbbr', KERNEL_LIMIT_PROPERTY, 'firmware fip/chain'],
  ] as const)('by firmware of scheme %s whose %s is altered', async (scheme, property, ending) => {
    const report = await altered(scheme, ARTIFACT_NAMES.firmware, (fip) => {
      const { offset, data } = readFip(fip).images.find(({ uuid }) => uuid === resolveImage(knownImages, 'nt-fw'))!;
      const control = findControlTree(data);
      const node = findNode(readBlob(control).root, `/${ROLLBACK_NODE}`)!;
      return offset + data.length - control.length + findProperty(node, property)!.place!.valueStart;
    });
    expect(endingOf(report)).toBe(ending);
  });
});

describe('whatever a device sees', () => {
  const seen = fc.array(fc.tuple(fc.constantFrom(...firmwares), fc.constantFrom(...kernels)), { maxLength: 8 });

  test('its counters stay within what verified firmware allowed, and the newest chain boots', async () => {
    const known = new Map<string, BootReport>();
    const bootOnce = async (mixed: Mixed, held: RollbackCounters): Promise<BootReport> => {
      const key = JSON.stringify([mixed, held]);
      const report = known.get(key) ?? (await boot(mixed, held));
      known.set(key, report);
      return report;
    };
    const law = fc.asyncProperty(
      fc.constantFrom(...worlds),
      fc.constantFrom(...schemes),
      fc.constantFrom(...deviceNames),
      seen,
      async (world, scheme, device, chains) => {
        let held = heldBy(device, scheme);
        let allowed = held;
        for (const [firmware, kernel] of chains) {
          const { verdict, counters } = await bootOnce({ world, scheme, firmware, kernel }, held);
          if (verdict === 'verified') allowed = highestOf(allowed, ALLOWED[scheme][firmware]);
          const after = counters ?? held;
          expect(highestOf(held, after)).toEqual(after);
          expect(highestOf(allowed, after)).toEqual(allowed);
          held = after;
          const newest = await bootOnce({ world, scheme, firmware: 'new', kernel: 'new' }, held);
          expect(endingOf(newest)).toBe(Object.values(NEW[scheme]).join(' '));
        }
      },
    );
    await fc.assert(law, { numRuns: 200 });
  });
});

/** What the genuine firmware says, and the forged must not have a say in: its own counters, its limit for kernels. */
const ALLOWED: Readonly<Record<FirmwareScheme, Readonly<Record<Firmware, RollbackCounters>>>> = {
  trailer: { bare: {}, old: OLD.trailer, new: NEW.trailer, forged: {} },
  tbbr: { bare: BARE_CERTIFICATES, old: OLD.tbbr, new: NEW.tbbr, forged: {} },
};

const highestOf = (counters: RollbackCounters, others: RollbackCounters): RollbackCounters =>
  Object.fromEntries(
    Object.entries(counters).map(([name, value]) => [
      name,
      Math.max(value, others[name as keyof RollbackCounters] ?? 0),
    ]),
  );
