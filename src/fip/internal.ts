/** The inner face of the room: what other rooms need, and programs do not. */

export { parseCounter } from './chain-issue.ts';
export { counterConflict } from './chain-report.ts';
export { describeLoaders, drawChain } from './chain-tree.ts';

export { parseImageTable } from './custom-images.ts';
export { inTableOrder } from './edit.ts';
export { FAT_SIZE_DEFAULT } from './fat.ts';
export { gaps } from './fip.ts';
export { genericImages, kindOfUuid, wordOf } from './images.ts';

export { emptyAnchor, rotpkForms, wordText } from './rotpk.ts';
export { entryOffset, MAX_TOC_BYTES, MAX_TOC_ENTRIES } from './toc.ts';
