/** The inner face of the room: what other rooms need, and programs do not. */
export { checkTable } from './checks/table.ts';
export { latin1, latin1Bytes } from './latin1.ts';
export { TOKEN, TOKEN_SIZE } from './layout.ts';
export { deviceTreeMessage } from './messages.ts';
export { guessKind, printValue } from './source/print-value.ts';
