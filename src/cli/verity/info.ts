import { buildCommand } from '@stricli/core';
import { hexText } from '../../binary/index.ts';
import { type FileStore, openStore } from '../../file/index.ts';
import {
  assertSupported,
  geometryOf,
  printUuid,
  type Superblock,
  type Warning,
  warningsOf,
} from '../../verity/index.ts';
import {
  asWarning,
  describeBlock,
  drawTree,
  readSuperblockAt,
  type TreePlace,
  treeOffsetOf,
} from '../../verity/internal.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { forFlag, hashOffsetFlag } from './arguments.ts';

const flagTable = {
  hashOffset: hashOffsetFlag,
  data: optional(String, 'FILE', 'Data image, to compare sizes'),
  for: forFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verity info HASH`: what a superblock says, and where its tree is. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Describes a superblock, the geometry of its tree and possible problems',
    fullDescription: [
      'Shows every field of the superblock, draws the tree with the byte range of each level, and warns of bytes that nothing',
      'protects and of what some kernels do not support; with --for that is refused. It verifies nothing.',
      '',
      'Example: bootwright verity info rootfs.verity --data rootfs.img',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the hash tree', placeholder: 'HASH', parse: String }] },
    flags: flagTable,
  },
  func({ hashOffset = 0, data, for: profiles = [], json }, path) {
    using hash = openStore(path, 'hash');
    using image = data === undefined ? undefined : openStore(data, 'data');
    const superblock = readSuperblockAt(hash, hashOffset);
    const { parameters } = superblock;
    const treeOffset = treeOffsetOf({ hashOffset, superblock: true }, parameters.hashBlockSize);
    const place = { parameters, geometry: geometryOf(parameters), treeOffset };
    const problems = assertSupported(parameters, profiles).map(asWarning);
    const warnings = [...warningsOf(place, sizesOf(hash, image), true), ...problems];
    if (json) printJson(this, infoJson(superblock, place, warnings));
    else print(this, ...infoText(path, superblock, place, warnings));
  },
});

const sizesOf = (hash: FileStore, image: FileStore | undefined) => ({
  hashSize: hash.size,
  dataSize: image === undefined || image.identity === hash.identity ? undefined : image.size,
});

function infoJson({ parameters, uuid }: Superblock, { geometry, treeOffset }: TreePlace, warnings: Warning[]) {
  const { levels, ...rest } = geometry;
  return { ...parameters, uuid: printUuid(uuid), treeOffset, ...rest, levels, warnings };
}

function infoText(path: string, { parameters, uuid }: Superblock, place: TreePlace, warnings: Warning[]): string[] {
  const { format, algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt } = parameters;
  return [
    `${path}: dm-verity superblock, version 1`,
    `uuid             ${printUuid(uuid)}`,
    `format           ${format} (${format === 1 ? 'normal: salt first' : 'Chrome OS: salt last'})`,
    `hash             ${algorithm}`,
    `data blocks      ${dataBlocks} of ${dataBlockSize} bytes`,
    `hash blocks      ${place.geometry.treeBlocks} of ${hashBlockSize} bytes; ${describeBlock(place.geometry)}`,
    `salt             ${hexText(salt) || '-'}`,
    '',
    ...drawTree(place),
    '',
    ...warnings.map(({ message }) => `warning: ${message}`),
  ];
}
