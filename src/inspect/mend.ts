import type { FaultCode } from '../fault.ts';

/** How to mend what a fault found; '' for faults that need none but another file. */
export const mendOf = (code: FaultCode): string => mends[code] ?? '';

const mends: Partial<Record<FaultCode, string>> = {
  'binary/truncated': 'the file was cut: fetch or build it again, and compare its size',
  'binary/constant': 'the file is of another kind, or its start was overwritten',
  'devicetree/header': 'build the blob again: no tool that works writes such a header',
  'devicetree/structure': 'build the blob again from its source: bootwright dts compile',
  'fip/bounds': 'build the FIP again: bootwright fip create',
  'fip/duplicate': 'remove one of the two: bootwright fip remove',
  'fip/overlap': 'build the FIP again: bootwright fip create',
  'fip/empty': 'remove the entry: bootwright fip remove',
  'fip/terminator': 'build the FIP again: bootwright fip create',
  'fit/data': 'give the image its data once, or build the tree again from its source',
  'fit/configuration': "name an existing configuration in 'default', and existing images in it",
  'fit/structure': 'build the image tree again from its source: bootwright fit build',
  'pki/der': 'the file is not the DER that boot loaders demand: write it again with bootwright or openssl',
  'verity/superblock': 'format the device again: bootwright verity format',
};
