import { openStore } from '../../file/index.ts';
import { checkTree } from '../check.ts';
import { patched, type RepairResult, repairTree } from '../repair.ts';
import { openSubject } from '../verify.ts';
import { createFastDigester } from './digester.node.ts';
import { type FecFile, parityOf } from './parity.node.ts';
import { checkSubject, type VerifyFilesOptions } from './verify.node.ts';

/** What to repair, against what, and with what. */
export interface RepairFilesOptions extends Omit<VerifyFilesOptions, 'range'> {
  /** Without error correction data only hash blocks over genuine data can be made again. */
  readonly fec?: FecFile;
  /** Writes nothing, and says what would be repaired. */
  readonly dryRun?: boolean;
}

/**
 * Repairs data and hash blocks in place. A block is written once its digest is the one that a trusted hash block
 * demands. Faults as `checkFiles`, and `binary/truncated` for error correction data that are too short.
 */
export async function repairFiles(options: RepairFilesOptions): Promise<RepairResult> {
  const { dryRun = false } = options;
  const mode = dryRun ? 'read' : 'write';
  using data = openStore(options.data, 'data', mode);
  using hash = openStore(options.hash, 'hash', mode);
  const { fec } = options;
  using parityFile = fec && openStore(fec.path, 'fec');
  const subject = openSubject({ ...options, data, hash }, createFastDigester);
  const parity = fec && parityFile && parityOf(subject.place, hash, parityFile, fec);
  const files = { data, hash };
  if (!dryRun) {
    return await repairTree({
      subject,
      parity,
      check: () => checkSubject(subject, files, options),
      write: ({ area, offset, content }) => files[area].write(offset, content),
    });
  }
  const patches = { data: new Map<number, Uint8Array>(), hash: new Map<number, Uint8Array>() };
  const { dataBlockSize, hashBlockSize } = subject.place.parameters;
  const imagined = {
    ...subject,
    data: patched(data, patches.data, dataBlockSize),
    hash: patched(hash, patches.hash, hashBlockSize),
  };
  let first = true;
  return await repairTree({
    subject: imagined,
    parity,
    // The threads see the files as they are: good for the first look alone.
    check: () => {
      if (!first) return checkTree(imagined);
      first = false;
      return checkSubject(subject, files, options);
    },
    write: ({ area, offset, content }) => patches[area].set(offset, content),
  });
}
