/** The inner face of the room: what other rooms need, and programs do not. */
export { fileMessage } from './messages.ts';
