import type { FaultCode } from '../fault.ts';
import type { PhraseId } from './phrases.ts';
import { phrase, type Said } from './said.ts';

/** How to mend what a fault found; nothing for faults that need none but another file. */
export function mendOf(code: FaultCode): Said | undefined {
  const id = mends[code];
  return id === undefined ? undefined : phrase(id);
}

const mends: Partial<Record<FaultCode, PhraseId>> = {
  'binary/truncated': 'mend/truncated',
  'binary/constant': 'mend/constant',
  'devicetree/header': 'mend/devicetree-header',
  'devicetree/structure': 'mend/devicetree-structure',
  'fip/bounds': 'mend/fip-create',
  'fip/duplicate': 'mend/fip-duplicate',
  'fip/overlap': 'mend/fip-create',
  'fip/empty': 'mend/fip-empty',
  'fip/terminator': 'mend/fip-create',
  'fit/data': 'mend/fit-data',
  'fit/configuration': 'mend/fit-configuration',
  'fit/structure': 'mend/fit-structure',
  'pki/der': 'mend/der',
  'verity/superblock': 'mend/superblock',
};
