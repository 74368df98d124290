/** The inner face of the room: what other rooms need, and programs do not. */
export { joinCommandLine } from './command-line.ts';
export { fingerprintOf } from './ids.ts';
export { shorten } from './key.ts';
export { trustMessage } from './messages.ts';
