import type { FaultCode } from '../fault.ts';
import type { PhraseId } from './phrases.ts';
import { phrase, type Said } from './said.ts';

/** How to fix what a fault found; nothing for faults that need none but another file. */
export function remedyOf(code: FaultCode): Said | undefined {
  const id = remedies[code];
  return id === undefined ? undefined : phrase(id);
}

const remedies: Partial<Record<FaultCode, PhraseId>> = {
  'binary/truncated': 'remedy/truncated',
  'binary/constant': 'remedy/constant',
  'devicetree/header': 'remedy/devicetree-header',
  'devicetree/structure': 'remedy/devicetree-structure',
  'fip/bounds': 'remedy/fip-create',
  'fip/duplicate': 'remedy/fip-duplicate',
  'fip/overlap': 'remedy/fip-create',
  'fip/empty': 'remedy/fip-empty',
  'fip/terminator': 'remedy/fip-create',
  'fit/data': 'remedy/fit-data',
  'fit/configuration': 'remedy/fit-configuration',
  'fit/structure': 'remedy/fit-structure',
  'pki/der': 'remedy/der',
  'verity/superblock': 'remedy/superblock',
};
