import { buildCommand } from '@stricli/core';
import { port } from '#crypto';
import { hexText } from '../../binary/index.ts';
import { Fault } from '../../fault.ts';
import { writeFile } from '../../file/index.ts';
import { type FormattedFiles, formatFiles, type TextFile } from '../../verity/files.node.ts';
import {
  assertSupported,
  DEFAULTS,
  describe,
  dmTable,
  parseUuid,
  printUuid,
  type Warning,
  warningsOf,
} from '../../verity/index.ts';
import { asUuid, asWarning, describeBlock, seeded } from '../../verity/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import { assertFlagsUsed } from '../shared/unused-flags.ts';
import {
  fecFlags,
  fecOf,
  forFlag,
  given,
  hashOffsetFlag,
  imageAndTree,
  portableFlag,
  SHAPE_NAMES,
  shapeFlags,
  superblockFlag,
  threadsFlag,
} from './arguments.ts';

/** Bytes of the salt where none is given: as veritysetup makes it. */
const SALT_SIZE = 32;

const flagTable = {
  ...shapeFlags,
  uuid: optional(readUuid, 'UUID', 'UUID for the superblock'),
  seed: optional(String, 'TEXT', 'Text from which salt and UUID are derived'),
  hashOffset: hashOffsetFlag,
  superblock: superblockFlag,
  ...fecFlags,
  rootHashFile: optional(String, 'FILE', 'Output file for the root hash'),
  description: optional(String, 'JSON', 'Output file for the description: every parameter that a verifier must expect'),
  for: forFlag,
  threads: threadsFlag,
  portable: portableFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verity format DATA HASH`: the hash tree of an image. */
export const command = buildCommand<Flags, [string, string], Context>({
  docs: {
    brief: 'Computes the hash tree and the root hash of an image',
    fullDescription: [
      'Writes superblock and tree to HASH, which is replaced completely or not at all; with --hash-offset the tree is written',
      'in place, and HASH may be DATA itself, after the data. The same salt and UUID give the same bytes: set both, or --seed,',
      'from which both are derived. --description FILE records everything that a verifier must expect. What some kernel cannot',
      'open is a warning; what a kernel that --for names cannot open is refused before anything is written.',
      '',
      'Example: bootwright verity format rootfs.img rootfs.verity --seed "device 1.4" --fec-file rootfs.fec --json',
    ].join('\n'),
  },
  parameters: {
    positional: imageAndTree,
    flags: flagTable,
  },
  async func(flags, data, hash) {
    const { algorithm = DEFAULTS.algorithm, dataBlockSize = DEFAULTS.dataBlockSize } = flags;
    const problems = assertSupported({ algorithm, dataBlockSize }, flags.for ?? []);
    if (flags.superblock === false) {
      assertFlagsUsed(flags, '--no-superblock', ['uuid'], cliMessage('cli/in-superblock'));
    }
    if (flags.salt !== undefined && (flags.uuid !== undefined || flags.superblock === false)) {
      assertFlagsUsed(flags, '--salt', ['seed'], cliMessage('cli/derived-given'));
    }
    const random = flags.seed === undefined ? undefined : seeded(flags.seed);
    const salt = flags.salt ?? random?.salt ?? port.randomBytes(SALT_SIZE);
    const uuid =
      flags.superblock === false ? undefined : (flags.uuid ?? random?.uuid ?? asUuid(port.randomBytes(16), 4));
    const fec = fecOf(flags);
    const start = performance.now();
    const made = await withProgress(
      this,
      data,
      (progress) =>
        formatFiles({
          data,
          hash,
          ...given(flags, SHAPE_NAMES),
          ...given(flags, ['hashOffset', 'threads', 'portable']),
          salt,
          ...(uuid === undefined ? {} : { uuid }),
          ...(fec === undefined ? {} : { fec }),
          texts: textsOf(flags),
          onProgress: ({ done, total }) => progress(done, total),
        }),
      'bytes',
    );
    const seconds = (performance.now() - start) / 1000;
    const expected = describe({ ...made, uuid, ...(made.fec === undefined ? {} : { fec: placeOf(made.fec) }) });
    if (flags.rootHashFile !== undefined) await writeFile(flags.rootHashFile, made.rootHash);
    if (flags.description !== undefined) await writeFile(flags.description, `${JSON.stringify(expected, null, 2)}\n`);
    const { rootHash, parameters, treeOffset } = made;
    const table = dmTable({ rootHash, parameters, treeOffset, dataDevice: 'DATA', hashDevice: 'HASH' });
    const end = treeOffset + made.geometry.treeBytes;
    const warnings = [...warningsOf(made, { hashSize: end }, false), ...problems.map(asWarning)];
    if (flags.json) printJson(this, { ...expected, data, hash, fecFile: flags.fecFile, table, seconds, warnings });
    else print(this, ...textOf(made, { data, hash, uuid, fecFile: flags.fecFile, warnings }));
  },
});

function textsOf({ rootHashFile, description }: Flags): TextFile[] {
  return [
    ...(rootHashFile === undefined ? [] : [{ name: 'root hash', path: rootHashFile } as const]),
    ...(description === undefined ? [] : [{ name: 'description', path: description } as const]),
  ];
}

function textOf(
  made: FormattedFiles,
  files: {
    readonly data: string;
    readonly hash: string;
    readonly uuid: Uint8Array | undefined;
    readonly fecFile: string | undefined;
    readonly warnings: readonly Warning[];
  },
): string[] {
  const { parameters, geometry, treeOffset, fec } = made;
  const { dataBlocks, dataBlockSize, hashBlockSize, algorithm, format, salt } = parameters;
  const end = treeOffset + geometry.treeBytes;
  return [
    `root hash  ${made.rootHash}`,
    `data       ${files.data}: ${dataBlocks} blocks of ${dataBlockSize}`,
    `tree       ${files.hash}: ${geometry.treeBlocks} blocks of ${hashBlockSize} in ${geometry.levels.length} levels, bytes ${treeOffset} to ${end - 1}`,
    `hash       ${algorithm}, format ${format}; ${describeBlock(geometry)}`,
    `salt       ${hexText(salt) || '-'}`,
    ...(files.uuid === undefined ? [] : [`uuid       ${printUuid(files.uuid)}`]),
    ...(fec === undefined
      ? []
      : [`correction ${files.fecFile}: ${fec.roots} roots, ${fec.paritySize} bytes from ${fec.offset} on`]),
    ...files.warnings.map(({ message }) => `warning: ${message}`),
  ];
}

const placeOf = ({ roots, offset, blocks }: NonNullable<FormattedFiles['fec']>) => ({ roots, offset, blocks });

function readUuid(text: string): Uint8Array {
  const uuid = parseUuid(text);
  if (uuid !== undefined) return uuid;
  throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-uuid', { text }) });
}
