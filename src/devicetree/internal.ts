/** The inner face of the room: what other rooms need, and programs do not. */

export { isCheck } from './checks/run.ts';
export { checkTable } from './checks/table.ts';
export { finishSource } from './compile.ts';
export { latin1, latin1Bytes } from './latin1.ts';
export { MAX_CELL, NEWEST_VERSION, TOKEN, TOKEN_SIZE, VERSIONS } from './layout.ts';
export { deviceTreeMessage } from './messages.ts';
export { guessKind, printValue } from './source/print-value.ts';
export { joinPath } from './tree.ts';
