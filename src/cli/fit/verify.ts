import { buildCommand } from '@stricli/core';
import { cannotVerify, lintLoader } from '../../boot/index.ts';
import { inside } from '../../fault.ts';
import { openStore } from '../../file/index.ts';
import {
  checkFit,
  diffFits,
  explainSignatures,
  lintFit,
  openFit,
  type TrustedKey,
  type TrustedKeys,
  targetNames,
  trustKeys,
  unsignedOf,
} from '../../fit/index.ts';
import { judgeForAll } from '../../fit/internal.ts';
import { printTrust } from '../../trust/index.ts';
import type { UBootBinary } from '../../uboot/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { describePlace, loaderData, readControlFile } from '../shared/control-file.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, list, optional, toggle } from '../shared/flags.ts';
import { openPublicKey } from '../shared/open-key.ts';
import { withProgress } from '../shared/progress.ts';
import { printUnsigned } from '../shared/unsigned.ts';
import { allowSha1Flag, boardFlag, boardOf } from './board.ts';
import { describeReport, jsonReport, showChange } from './describe.ts';
import { printLint } from './findings.ts';
import { targetFlag } from './target.ts';
import { type NamedKeys, trustOf } from './trust.ts';
import { watched } from './watch.ts';

const flagTable = {
  key: {
    kind: 'parsed',
    parse: String,
    variadic: true,
    placeholder: 'FILE',
    brief: 'Control device tree, U-Boot binary or FIP that carries one, or public key',
  },
  as: targetFlag,
  configuration: optional(String, 'NAME', 'Check this configuration only'),
  board: boardFlag,
  allowSha1: allowSha1Flag,
  knownKey: list(String, 'FILE', 'Untrusted public key, named in the report where it made a signature'),
  explain: toggle('Show what is signed, why verification fails and which U-Boot accepts it'),
  original: optional(String, 'FIT', 'Image tree as it was signed, to find the first difference'),
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright fit verify FIT --key CONTROL.dtb|KEY.pem`: whether the keys vouch for an image tree. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Verifies the signatures and hashes of an image tree',
    fullDescription: [
      '--key names a control device tree, which says what each key is required for, or public keys, each of which must have',
      'signed the configuration. Under strict (the default) everything that is known to be unsafe is refused and every',
      'configuration is checked. Under a U-Boot version, by its own rules, what it boots by default is checked, and what it',
      'would choose for a board if built with FIT_BEST_MATCH; --board names the board. External data is streamed.',
      'If no signature was required, the verdict is "not verified" and the exit code 1. Findings never change the exit code.',
      '',
      'Example: bootwright fit verify image.itb --key u-boot.dtb --explain',
      '         bootwright fit verify image.itb --key dev.crt --as u-boot@2023.01',
      '         bootwright fit verify image.itb --key u-boot.dtb --as u-boot@2025.10 --board acme,board-2 --board acme,board',
      '         bootwright fit verify bad.itb --key u-boot.dtb --original good.itb',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the image tree', placeholder: 'FIT', parse: String }] },
    flags: flagTable,
  },
  async func(flags, path) {
    const { allowSha1, configuration } = flags;
    const board = boardOf(flags.board);
    const { trust, loaders, named, known } = await readKeys(flags.key, flags.knownKey ?? [], this.process.env);
    using store = openStore(path);
    const options = { target: flags.as, configuration, board, allowSha1 };
    const passes = flags.explain ? 2 + targetNames.length : 1;
    const { report, more } = await withProgress(this, path, async (progress) => {
      const source = watched(store, progress, passes);
      const checked = inside(path, () => checkFit(source, trust, options));
      if (!flags.explain) return { report: checked, more: undefined };
      const targets = loaders.some(isUnfit) ? [] : judgeForAll(source, trust, options);
      const explained = { targets, signatures: explainSignatures(source, trust) };
      const findings = inside(path, () => lintFit(openFit(source))).filter(({ level }) => level !== 'note');
      return { report: checked, more: { ...explained, findings } };
    });
    const first = flags.original === undefined ? undefined : firstSignedDifference(flags.original, path);
    const vouched = trustOf(path, report, named, known);
    const ofLoaders = loaders.map(({ file, binary }) => ({ file, ...loaderData(binary) }));
    const unsigned = unsignedOf(openFit(store), report);
    const told = { ...jsonReport(path, report), unsigned, ...more };
    if (flags.json) printJson(this, { ...told, difference: first, loaders: ofLoaders, trust: vouched });
    else {
      for (const line of describeReport(path, report, flags.explain)) print(this, line);
      if (flags.explain) print(this, ...printUnsigned(unsigned));
      for (const { path: node, reason } of more?.signatures ?? []) print(this, `  ${node}: ${reason.text}`);
      for (const { target, verdict, reason } of more?.targets ?? []) {
        print(this, `  ${target}: ${said[verdict]}${reason === undefined ? '' : `: ${reason.text}`}`);
      }
      for (const finding of more?.findings ?? []) print(this, `  ${printLint(finding)}`);
      if (flags.explain) print(this, ...printTrust(vouched).map((line) => `  ${line}`));
      for (const loader of loaders) for (const line of describeLoader(loader)) print(this, line);
      if (first !== undefined) {
        print(this, `  first difference: ${first.path} ${first.kind}: ${showChange(first)}`);
      }
    }
    if (vouched.verdict !== 'verified' || report.verdict !== 'verified') this.process.exitCode = EXIT.refused;
  },
});

const said = {
  verified: 'would accept it',
  refused: 'would refuse it',
  'not-verified': 'does not vouch for it',
} as const;

/** What the files of `--key` want together, with the keys that are merely known, and the boot loaders among them. */
async function readKeys(
  files: readonly string[],
  known: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<{
  readonly trust: TrustedKeys;
  readonly loaders: readonly Loader[];
  readonly named: readonly NamedKeys[];
  readonly known: readonly TrustedKey[];
}> {
  const trusts: TrustedKeys[] = [];
  const named: NamedKeys[] = [];
  const loaders: Loader[] = [];
  for (const file of files) {
    const control = await readControlFile(file);
    const own = control?.trust ?? trustKeys([{ path: file, publicKey: await openPublicKey(file, env) }]);
    // Nodes of two control trees may be called the same, and are two keys.
    const prefix = control !== undefined && files.length > 1 ? `${file}:` : '';
    // Each loader wants what its own tree says: of one of its keys a signature, or of all of them.
    const choice = own.mode === 'any' && files.length > 1 ? { anyOf: file } : {};
    const keys = own.keys.map((key) => ({ ...key, ...choice, path: prefix + key.path }));
    trusts.push({ ...own, keys });
    named.push({ file, tree: control?.tree, keys });
    if (control?.loader !== undefined)
      loaders.push({ file: control.name, binary: control.loader, keys: control.trust.keys });
  }
  const mode = files.length === 1 ? (trusts[0]?.mode ?? 'all') : 'all';
  const others = await Promise.all(
    known.map(async (file) => ({ path: file, publicKey: await openPublicKey(file, env) })),
  );
  const untrusted = trustKeys(others).keys.map((key) => ({ ...key, required: undefined }));
  const trust = { keys: [...trusts.flatMap(({ keys }) => keys), ...untrusted], mode } as const;
  return { trust, loaders, named, known: untrusted };
}

interface Loader {
  readonly file: string;
  readonly binary: UBootBinary;
  readonly keys: readonly TrustedKey[];
}

/** Whether a boot loader verifies nothing, or nothing with its keys: then it follows the rules of no release. */
const isUnfit = ({ binary, keys }: Loader): boolean =>
  cannotVerify(
    binary,
    keys.map(({ publicKey }) => publicKey),
  );

/** Where the keys of a boot loader were found, and what keeps it from doing what was done here. */
function describeLoader({ file, binary, keys }: Loader): string[] {
  const found = lintLoader(
    binary,
    keys.map(({ publicKey }) => publicKey),
  ).filter(({ level }) => level !== 'note');
  return [
    `  ${file}: ${describePlace(binary)}`,
    ...found.flatMap(({ level, id, message, remedy }) => [`  ${level} ${id}: ${message.text}`, `    ${remedy.text}`]),
  ];
}

/** The first signed place, or else the first place, in which an image differs from the one that was signed. */
function firstSignedDifference(original: string, path: string) {
  using before = openStore(original);
  using after = openStore(path);
  const differences = diffFits(
    inside(original, () => openFit(before)),
    openFit(after),
  );
  return differences.find(({ signed }) => signed) ?? differences[0];
}
