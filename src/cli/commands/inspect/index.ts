import { basename } from 'node:path';
import { buildCommand } from '@stricli/core';
import { inspect, inspectionData, printInspection } from '../../../inspect/index.ts';
import { openStore } from '../../../verity/file.node.ts';
import { type Context, print, printJson } from '../../context.ts';
import { EXIT } from '../../exit.ts';
import { wholeNumber } from '../../number.ts';

interface Flags {
  readonly json: boolean;
  readonly depth: number;
}

/** `bootwright inspect FILE`: what any file is, range by range. Ends with 1 where it could not be read to its end. */
export const route = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Takes any image apart into named byte ranges, and says who vouches for them',
    fullDescription: [
      'Knows FIP, FIT, device trees, dm-verity images and hash trees, PKCS#7 signatures, certificates and keys; of',
      'anything else it tells size, digests and the nearest guess. A file that was cut gives its tree as far as it goes,',
      'and where and why it stops. Nothing is verified against a key here: see bootwright verify.',
      '',
      'Example: bootwright inspect out/image.fit --depth 6',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'any file', placeholder: 'FILE', parse: String }] },
    flags: {
      json: { kind: 'boolean', brief: 'One JSON object', default: false },
      depth: { kind: 'parsed', parse: wholeNumber(0, 0xffff_ffff), brief: 'Levels of the tree to print', default: '5' },
    },
  },
  func({ json, depth }, file) {
    using source = openStore(file, 'file');
    const inspection = inspect(source, basename(file));
    if (json) printJson(this, inspectionData(inspection));
    else print(this, ...printInspection(inspection, { depth }));
    if (inspection.stop !== undefined) this.process.exitCode = EXIT.refused;
  },
});
