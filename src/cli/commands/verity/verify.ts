import { buildCommand } from '@stricli/core';
import { Fault } from '../../../fault.ts';
import { readFile } from '../../../file/index.ts';
import type { RootHash } from '../../../verity/root-hash.ts';
import { checkFiles } from '../../../verity/verify.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { EXIT } from '../../exit.ts';
import { withProgress } from '../../progress.ts';
import {
  type FecFlags,
  fecFlags,
  fecOf,
  given,
  imageAndTree,
  jsonFlag,
  parseRange,
  portableFlag,
  threadsFlag,
} from './arguments.ts';
import { type PinFlags, pinFlags, readCertificate, readPins } from './pins.ts';
import { reportText } from './report-text.ts';

interface Flags extends PinFlags, FecFlags {
  readonly range?: ReturnType<typeof parseRange>;
  readonly signature?: string;
  readonly threads?: number;
  readonly portable: boolean;
  readonly json: boolean;
}

/** A signature partition or a PKCS#7 message: a few kilobytes. */
const SIGNATURE_LIMIT = 1 << 20;

/** `bootwright verity verify DATA HASH`: whether an image is what its root hash says. */
export const command = buildCommand<Flags, [string, string], Context>({
  docs: {
    brief: 'Verifies an image against its root hash, and lists every bad block',
    fullDescription: [
      'Root hash and number of data blocks must be given, in flags or in a --description; sizes, hash and format that',
      'are not given are the defaults. Nothing is taken from the superblock alone, which anyone can alter.',
      'With --signature and --certificate the root hash itself must be signed. --range FIRST-LAST checks those data',
      'blocks and the branches above them. With --fec-file the error correction data are checked too.',
      '',
      'Example: bootwright verity verify rootfs.img rootfs.verity --description rootfs.json',
      '         bootwright verity verify rootfs.img rootfs.verity --root-hash-file rh --data-blocks 65536',
    ].join('\n'),
  },
  parameters: {
    positional: imageAndTree,
    flags: {
      ...pinFlags,
      ...fecFlags,
      range: {
        kind: 'parsed',
        parse: parseRange,
        optional: true,
        placeholder: 'FIRST-LAST',
        brief: 'Only these data blocks',
      },
      signature: {
        kind: 'parsed',
        parse: String,
        optional: true,
        placeholder: 'FILE',
        brief: 'PKCS#7 signature of the root hash, or a signature partition; needs --certificate',
      },
      threads: threadsFlag,
      portable: portableFlag,
      json: jsonFlag,
    },
  },
  async func(flags, data, hash) {
    const { parameters, rootHash, hashOffset, superblock, fec: told } = await readPins(flags, hash);
    const signer = await checkSignature(flags, rootHash);
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
    if (flags.json) printJson(this, { data, hash, rootHash, ...report, fault: faultJson(fault), signer });
    else {
      // One by one: there may be more lines than a call takes arguments.
      for (const line of reportText(report, { data, hash })) print(this, line);
      if (signer !== undefined) print(this, `root hash signed: ${signer}`);
    }
    if (report.verdict === 'refused') this.process.exitCode = EXIT.refused;
    if (fault !== undefined && !flags.json) throw fault;
  },
});

async function checkSignature(flags: Flags, rootHash: RootHash): Promise<string | undefined> {
  if (flags.signature === undefined) return undefined;
  if (flags.certificate === undefined) {
    throw new Fault('verity/not-verified', { what: 'the root hash', reason: 'a signature without --certificate' });
  }
  const { readSignaturePartition } = await import('../../../verity/partition.ts');
  const { verifyRootHash } = await import('../../../verity/signature.ts');
  const certificate = await readCertificate(flags.certificate);
  const bytes = await readFile(flags.signature, SIGNATURE_LIMIT);
  // A DER message starts with 0x30, the JSON of a partition with a brace.
  const isPartition = bytes[0] === 0x7b;
  const signature = isPartition ? readSignaturePartition(bytes, { rootHash, certificate }, flags.signature) : bytes;
  const { hash, serial } = verifyRootHash({ rootHash, signature, certificate });
  return `${flags.certificate}, serial ${serial.toString(16)}, ${hash}`;
}

const faultJson = (fault: Fault | undefined) =>
  fault === undefined ? undefined : { code: fault.code, message: fault.message, context: fault.context };
