import type { FaultCode, Message } from '../fault.ts';
import { inspectMessage, type PlainInspectCode } from './messages.ts';

/** How to fix what a fault found; nothing for faults that need none but another file. */
export function remedyOf(code: FaultCode): Message | undefined {
  const id = remedies[code];
  return id === undefined ? undefined : inspectMessage(id);
}

const remedies: Partial<Record<FaultCode, PlainInspectCode>> = {
  'binary/truncated': 'inspect/remedy-truncated',
  'binary/constant': 'inspect/remedy-constant',
  'devicetree/header': 'inspect/remedy-devicetree-header',
  'devicetree/structure': 'inspect/remedy-devicetree-structure',
  'fip/bounds': 'inspect/remedy-fip-create',
  'fip/duplicate': 'inspect/remedy-fip-duplicate',
  'fip/overlap': 'inspect/remedy-fip-create',
  'fip/empty': 'inspect/remedy-fip-empty',
  'fip/terminator': 'inspect/remedy-fip-create',
  'fit/data': 'inspect/remedy-fit-data',
  'fit/configuration': 'inspect/remedy-fit-configuration',
  'fit/structure': 'inspect/remedy-fit-structure',
  'pki/der': 'inspect/remedy-der',
  'verity/superblock': 'inspect/remedy-superblock',
};
