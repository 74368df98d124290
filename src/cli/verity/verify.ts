import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { readFile } from '../../file/index.ts';
import type { LinuxRefusal } from '../../pki/index.ts';
import { checkFiles } from '../../verity/files.node.ts';
import { assertSupported, type RootHash } from '../../verity/index.ts';
import { releasesOf } from '../../verity/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson, warn } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, optional } from '../shared/flags.ts';
import { withProgress } from '../shared/progress.ts';
import { fecFlags, fecOf, forFlag, given, imageAndTree, parseRange, portableFlag, threadsFlag } from './arguments.ts';
import { expectedFlags, readCertificate, readExpected } from './expected.ts';
import { reportText } from './report-text.ts';
import { trustOf, type VerityEvidence } from './trust.ts';

/** A signature partition or a PKCS#7 message: a few kilobytes. */
const MAX_SIGNATURE_BYTES = 1 << 20;

const flagTable = {
  ...expectedFlags,
  ...fecFlags,
  range: optional(parseRange, 'FIRST-LAST', 'Check these data blocks only'),
  signature: optional(
    String,
    'FILE',
    'PKCS#7 signature of the root hash, or a signature partition; requires --certificate',
  ),
  for: forFlag,
  threads: threadsFlag,
  portable: portableFlag,
  json: jsonFlag,
} as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright verity verify DATA HASH`: whether an image is what its root hash says. */
export const command = buildCommand<Flags, [string, string], Context>({
  docs: {
    brief: 'Verifies an image against its root hash and lists every bad block',
    fullDescription: [
      'Root hash and number of data blocks must be given, as flags or in a --description; other parameters default to those of',
      'verity format. Nothing is taken from the superblock alone, which anyone can alter.',
      'With --signature and --certificate the root hash itself must be signed in a way that every Linux release from 5.15 on',
      'accepts, or those that --for names. --range FIRST-LAST checks those data blocks and the branches above them. With',
      '--fec-file the error correction data is checked too.',
      '',
      'Example: bootwright verity verify rootfs.img rootfs.verity --description rootfs.json',
      '         bootwright verity verify rootfs.img rootfs.verity --root-hash-file rh --data-blocks 65536',
    ].join('\n'),
  },
  parameters: {
    positional: imageAndTree,
    flags: flagTable,
  },
  async func(flags, data, hash) {
    const { parameters, rootHash, hashOffset, superblock, fec: told } = await readExpected(flags, hash);
    const profiles = flags.for ?? [];
    // Who names no kernel asks about bytes; what kernels take is told by the commands that make devices.
    if (profiles.length > 0) assertSupported(parameters, profiles);
    const { signer, signed, refusals } = await checkSignature(flags, rootHash);
    for (const { what, releases } of refusals) warn(this, `${releases.text} refuses ${what.text}`);
    const fec = fecOf(flags, told);
    const { fault, ...report } = await withProgress(
      this,
      data,
      (progress) =>
        checkFiles({
          data,
          hash,
          parameters,
          rootHash,
          hashOffset,
          superblock,
          ...given(flags, ['range', 'threads', 'portable']),
          ...(fec === undefined ? {} : { fec }),
          onProgress: ({ done, total }) => progress(done, total),
        }),
      'bytes',
    );
    const trust = trustOf({ data, hash, rootHash, named: nameOf(flags), report, fault, signed });
    if (flags.json) printJson(this, { data, hash, rootHash, ...report, fault: faultJson(fault), signer, trust });
    else {
      // One by one: there may be more lines than a call takes arguments.
      for (const line of reportText(report, { data, hash })) print(this, line);
      if (signer !== undefined) print(this, `root hash signed: ${signer}`);
    }
    if (trust.verdict !== 'verified') this.process.exitCode = EXIT.refused;
    if (fault !== undefined && !flags.json) throw fault;
  },
});

/** How the person who asks named the root hash. */
function nameOf({ description, rootHash, rootHashFile }: Flags): string {
  if (description !== undefined) return `--description ${description}`;
  return rootHash === undefined ? `--root-hash-file ${rootHashFile ?? ''}` : '--root-hash';
}

interface CheckedSignature {
  readonly signer: string | undefined;
  readonly signed: VerityEvidence['signed'];
  readonly refusals: readonly LinuxRefusal[];
}

async function checkSignature(flags: Flags, rootHash: RootHash): Promise<CheckedSignature> {
  if (flags.signature === undefined) return { signer: undefined, signed: undefined, refusals: [] };
  if (flags.certificate === undefined) {
    throw new Fault('verity/not-verified', {
      what: 'the root hash',
      reason: cliMessage('cli/flag-requires', { flag: '--signature', other: '--certificate' }),
    });
  }
  const { readSignaturePartition } = await import('../../verity/index.ts');
  const { verifyRootHash } = await import('../../verity/index.ts');
  const certificate = await readCertificate(flags.certificate);
  const bytes = await readFile(flags.signature, MAX_SIGNATURE_BYTES);
  // A DER message starts with 0x30, the JSON of a partition with a brace.
  const isPartition = bytes[0] === 0x7b;
  const signature = isPartition ? readSignaturePartition(bytes, { rootHash, certificate }, flags.signature) : bytes;
  const releases = releasesOf(flags.for ?? []);
  const { hash, serial, refusals } = verifyRootHash({ rootHash, signature, certificate, releases });
  return {
    signed: { file: flags.signature, certificate, named: `--certificate ${flags.certificate}` },
    signer: `${flags.certificate}, serial ${serial.toString(16)}, ${hash}`,
    // Whoever named the kernels wants to hear of no others.
    refusals: releases === 'supported' ? refusals : [],
  };
}

const faultJson = (fault: Fault | undefined) =>
  fault === undefined ? undefined : { code: fault.code, message: fault.message, context: fault.context };
